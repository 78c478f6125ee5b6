/// A command line as it is typed into a POSIX shell.
enum ShellCommand {
    /// `words` with those quoted that a shell would not take as they are.
    static func line(_ words: [String]) -> String {
        words.map(quoted).joined(separator: " ")
    }

    private static func quoted(_ word: String) -> String {
        let isPlain = word.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-_./=:,%+@".utf8.contains(byte)
            }
        }
        if isPlain, !word.isEmpty { return word }
        // Within single quotes only the single quote itself is special; a line break is kept.
        return "'"
            + word.split(separator: "'", omittingEmptySubsequences: false)
            .joined(separator: #"'\''"#) + "'"
    }
}
