import Foundation
import Testing

@testable import StrictYAML

@Suite struct YAMLDocumentTests {
    private func message(_ text: String) -> String {
        do {
            _ = try YAMLDocument.root(of: text, file: "f.yaml")
            return "no error"
        } catch {
            return error.description
        }
    }

    @Test func `an empty file says so`() {
        #expect(message("") == "f.yaml: the file holds no YAML; expected a mapping")
        #expect(message("# only a comment\n") == message(""))
    }

    @Test func `malformed YAML is located`() {
        #expect(
            message("name: a\n  forks: 3\n")
                == "f.yaml:2:8: malformed YAML: mapping values are not allowed in this context; "
                + "expected well-formed YAML")
        #expect(
            message("list: [1, 2\nname: b\n")
                == "f.yaml:2:5: malformed YAML: while parsing a flow sequence, "
                + "did not find expected ',' or ']'; expected well-formed YAML")
        #expect(
            message("a: \u{0}\n")
                == "f.yaml:1:4: malformed YAML: control characters are not allowed; "
                + "expected well-formed YAML")
    }

    @Test func `a key given twice is located`() {
        #expect(
            message("forks: 1\ntime: 2s\nforks: 2\n")
                == "f.yaml:1:1: 'forks' given twice in one mapping, the first time here; "
                + "expected each key once")
    }

    @Test func `two documents in a file are refused`() {
        #expect(message("a: 1\n---\nb: 2\n").hasPrefix("f.yaml:2:1: malformed YAML: "))
    }

    @Test func `anchors and tags are refused with their places`() {
        #expect(
            message("a: &x 1\nb: *x\n")
                == "f.yaml:1:4: anchor 'x'; expected every value written out")
        #expect(
            message("a: !!binary aGk=\n")
                == "f.yaml:1:4: tag 'tag:yaml.org,2002:binary'; expected a value without a tag")
    }

    @Test func `aliases cannot make a small file large`() {
        var text = "a0: &a0 [x, x]\n"
        for level in 1...60 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        text += "? *a60\n: x\n"
        #expect(
            message(text) == "f.yaml: the file uses 121 aliases; expected every value written out")
    }

    @Test func `a star that multiplies is not an alias`() throws {
        let lines = (1...100).map { "- 6 * \($0) *x\n" }.joined()
        #expect(try YAMLDocument.root(of: lines, file: "f.yaml").list(of: "products").count == 100)
    }

    @Test func `deep nesting is refused or read, never a crash`() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(message(deep).hasPrefix("f.yaml"))
        let balanced = String(repeating: "[", count: 900) + String(repeating: "]", count: 900)
        #expect(message(balanced) == "no error")
        #expect(message(String(repeating: "- ", count: 100_000) + "x").hasPrefix("f.yaml"))
    }

    @Test func `files that cannot be read say why`() throws {
        func message(_ file: String) -> String {
            do {
                _ = try YAMLDocument.root(ofFile: file)
                return "no error"
            } catch {
                return error.description
            }
        }
        #expect(
            message("/nonexistent/a.yaml")
                == "/nonexistent/a.yaml: cannot read it: No such file or directory; "
                + "expected a readable file")
        #expect(message("/tmp") == "/tmp: cannot read it: Is a directory; expected a readable file")
        #expect(
            message("/dev/zero")
                == "/dev/zero: the file is longer than 1048576 bytes; expected a shorter one")
        let file = NSTemporaryDirectory() + "nilometer-\(UUID().uuidString).yaml"
        defer { try? FileManager.default.removeItem(atPath: file) }
        try Data([0x61, 0x3A, 0x20, 0xFF, 0xFE]).write(to: URL(fileURLWithPath: file))
        #expect(message(file) == "\(file): the file is not UTF-8; expected text in UTF-8")
    }
}
