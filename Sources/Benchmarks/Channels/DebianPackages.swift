import Foundation

/// What dpkg knows of installed packages: where a library's headers tell no version.
enum DebianPackages {
    /// The version of an installed package; `nil` where dpkg does not know it.
    static func version(of package: String) -> String? {
        guard let text = try? String(contentsOfFile: "/var/lib/dpkg/status", encoding: .utf8) else {
            return nil
        }
        return version(of: package, inStatus: text)
    }

    /// The version in the stanza of `package` in the text of dpkg's status file.
    static func version(of package: String, inStatus text: String) -> String? {
        guard
            let stanza = text.range(of: "\nPackage: \(package)\n")
                ?? text.range(of: "Package: \(package)\n", options: .anchored)
        else { return nil }
        let rest = text[stanza.upperBound...]
        let end = rest.range(of: "\n\n")?.lowerBound ?? rest.endIndex
        return rest[..<end].split(separator: "\n")
            .first { $0.hasPrefix("Version: ") }
            .map { String($0.dropFirst("Version: ".count)) }
    }
}
