import Measurement
import Testing

/// A command's text is split as the shell would, or left to the shell.
@Suite struct CommandTextTests {
    @Test(arguments: [
        ("true", ["true"]),
        ("  sleep \t 0.05 ", ["sleep", "0.05"]),
        ("printf '%s|%s' 'a b' \"c;d\"", ["printf", "%s|%s", "a b", "c;d"]),
        ("a'b'\"c\"d", ["abcd"]),
        ("prog '' \"\"", ["prog", "", ""]),
        (#"a\ b \| \$x"#, ["a b", "|", "$x"]),
        (#""a\"b\\c\$d\e""#, [#"a"b\c$d\e"#]),
        (#"'a\b'"#, [#"a\b"#]),
        ("\"a\\\nb\" c\\\nd", ["ab", "cd"]),
        ("a#b c~d key=value", ["a#b", "c~d", "key=value"]),
        ("'FOO=1' x", ["FOO=1", "x"]),
        ("=x", ["=x"]),
        ("1a=x", ["1a=x"]),
        ("größe 'ß é'", ["größe", "ß é"]),
    ])
    func `words are split by quotes and backslashes`(text: String, words: [String]) throws {
        let command = try CommandText(text)
        #expect(command.words == words)
        #expect(!command.needsShell)
        #expect(command.text == text)
    }

    @Test(arguments: [
        "a | b", "a > f", "a < f", "a; b", "a && b", "a &", "(a)", "a $HOME", "a `b`", "a *.c",
        "a ?", "a [ab]", "~/bin/x", "a # comment", "FOO=1 a", "a \"$x\"", "a \"`b`\"", "! a",
        "{ a; }", "a\nb", "cat << E\nit's\nE", "a # it's", "a; b \\\n c", "a # x \\",
    ])
    func `shell syntax is left to the shell`(text: String) throws {
        let command = try CommandText(text)
        #expect(command.needsShell, "\(text)")
        #expect(command.words == nil)
        #expect(command.programName == "sh")
    }

    @Test(arguments: [
        ("", CommandText.Invalid.empty),
        (" \t", .empty),
        ("a 'b", .unbalanced("'", position: 3)),
        ("a \"b c", .unbalanced("\"", position: 3)),
        ("'a' \"b' c", .unbalanced("\"", position: 5)),
        ("a | b 'c", .unbalanced("'", position: 7)),
        ("\"a\\\"", .unbalanced("\"", position: 1)),
        ("ab \\", .trailingBackslash(position: 4)),
        ("a\0b", .zero(position: 2)),
    ])
    func `what is no command is refused with its place`(
        text: String, expected: CommandText.Invalid
    ) {
        #expect(throws: expected) { try CommandText(text) }
    }

    @Test func `contenders are called as their programs where that tells them apart`() throws {
        func names(_ first: String, _ second: String?) throws -> [String] {
            let against = try second.map { text throws(CommandText.Invalid) in
                try CommandText(text)
            }
            return try MeasuredCommands(CommandText(first), against: against).contenders.map(\.name)
        }
        #expect(try names("/usr/bin/gzip -9 f", "zstd f") == ["gzip", "zstd"])
        #expect(try names("gzip -9 f", "/opt/gzip -1 f") == ["A", "B"])
        #expect(try names("a | b", "zstd f") == ["sh", "zstd"])
        #expect(try names("a | b", "c | d") == ["A", "B"])
        #expect(try names("sleep 1", nil) == ["sleep"])
        // Not fit for a figure's parameters, or taken by the floor.
        #expect(try names("'a=b' x", "zstd") == ["A", "B"])
        #expect(try names("floor", nil) == ["A"])
    }

    @Test func `a program is looked for as the shell would`() throws {
        let sleep = try CommandProgram(CommandText("sleep 1"))
        #expect(sleep.path.hasSuffix("/sleep"))
        #expect(sleep.arguments == ["sleep", "1"])
        let shell = try CommandProgram(CommandText("sleep 1 | cat"))
        #expect(shell.arguments == ["/bin/sh", "-c", "sleep 1 | cat"])
        #expect(throws: CommandProgram.Failure.notOnPath("no-such-program")) {
            try CommandProgram(CommandText("no-such-program"))
        }
        #expect(throws: CommandProgram.Failure.notOnPath("")) {
            try CommandProgram(CommandText("''"))
        }
        #expect(throws: CommandProgram.Failure.notExecutable("/etc/passwd")) {
            try CommandProgram(CommandText("/etc/passwd"))
        }
        #expect(throws: CommandProgram.Failure.notExecutable("/tmp")) {
            try CommandProgram(CommandText("/tmp"))
        }
    }
}
