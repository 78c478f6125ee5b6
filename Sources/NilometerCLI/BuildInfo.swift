import CNilometerShims

/// Which build of the tool this is.
enum BuildInfo {
    /// Version of the tool.
    static let version = "0.1.0"

    /// Commit that the build was made from, with `+` when files were changed; `nil` when the build
    /// was not told.
    static let commit: String? = {
        // SAFETY: the text is a constant of the program.
        let text = unsafe String(cString: nilometer_build_commit())
        return text.isEmpty ? nil : text
    }()
}

extension BuildInfo {
    /// Version and commit, as `--version` prints them.
    static var description: String {
        commit.map { "\(version) (\($0))" } ?? version
    }
}
