/// What valgrind's tools say at their end of how many instructions a program executed.
public enum CallgrindLog {
    /// The instructions of the process that wrote `text`: the first number after `Collected :`
    /// (callgrind), or that after `I refs:` (callgrind and cachegrind); `nil` where there is none,
    /// as when the program was killed.
    ///
    /// Lines look like `==123== Collected : 164227` and `==123== I   refs:      164,227`.
    public static func instructions(in text: String) -> Int? {
        for line in text.split(whereSeparator: \.isNewline) {
            guard let colon = line.lastIndex(of: ":") else { continue }
            let name = line[..<colon].split(separator: " ")
            let isCount =
                name.suffix(1) == ["Collected"] || name.suffix(2) == ["I", "refs"]
            let first = line[line.index(after: colon)...].split(separator: " ").first
            guard isCount, let first else { continue }
            return Int(first.filter { $0 != "," })
        }
        return nil
    }
}
