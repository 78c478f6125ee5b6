import Testing

@testable import StrictYAML

@Suite struct YAMLMappingTests {
    private struct Item: Equatable {
        let name: String
        let forks: Int?
    }

    private func item(_ text: String) throws(InputProblems) -> Item {
        var mapping = try YAMLMapping(YAMLDocument.root(of: text, file: "f.yaml"), "an item")
        let name = mapping.required("name") { value throws(InputProblems) in try value.name() }
        let forks = mapping.optional("forks") { value throws(InputProblems) in
            try value.integer(in: 1...9)
        }
        return Item(name: try mapping.finish(name), forks: forks)
    }

    private func message(_ text: String) -> String {
        do {
            return "no error: \(try item(text))"
        } catch {
            return error.description
        }
    }

    @Test func `what is right is read`() throws {
        #expect(try item("name: a") == Item(name: "a", forks: nil))
        #expect(try item("forks: 3\nname: a") == Item(name: "a", forks: 3))
    }

    @Test func `an unknown key names the nearest known one`() {
        #expect(
            message("name: a\nfork: 3\n")
                == "f.yaml:2:1: unknown key 'fork' in an item; expected 'forks'")
        #expect(
            message("name: a\nzebra: 3\n")
                == "f.yaml:2:1: unknown key 'zebra' in an item; expected one of name, forks")
        #expect(
            message("name: a\n? [x]\n: 3\n")
                == "f.yaml:2:3: a list as a key of an item; expected a word as key")
    }

    @Test func `everything that is wrong is reported in the order of the file`() {
        #expect(
            message("zebra: 1\nforks: many\nNAME: b\n") == """
                f.yaml:1:1: an item without 'name'; expected 'name'
                f.yaml:1:1: unknown key 'zebra' in an item; expected one of name, forks
                f.yaml:2:8: 'many'; expected a whole number from 1 to 9
                f.yaml:3:1: unknown key 'NAME' in an item; expected 'name'
                """)
    }

    @Test func `something else than a mapping is refused`() {
        #expect(message("- a\n") == "f.yaml:1:1: a list; expected an item, which is a mapping")
        #expect(message("a\n") == "f.yaml:1:1: 'a'; expected an item, which is a mapping")
    }

    @Test func `a file of another schema is refused before it is read`() throws {
        func message(_ text: String) -> String {
            do throws(InputProblems) {
                var mapping = try YAMLMapping(
                    YAMLDocument.root(of: text, file: "f.yaml"), "an item")
                return "no error: \(try mapping.schema(oneOf: ["item/1", "item/2"]))"
            } catch {
                return error.description
            }
        }
        #expect(message("schema: item/2\nx: 1") == "no error: item/2")
        #expect(message("schema: item/3") == "f.yaml:1:9: 'item/3'; expected 'item/1' or 'item/2'")
        #expect(
            message("x: 1")
                == "f.yaml:1:1: an item without 'schema'; expected 'schema: item/1' or "
                + "'schema: item/2'")
    }

    @Test func `a required key without a value is no value`() {
        #expect(message("name:\n").hasPrefix("f.yaml:1:6: nothing; expected a name of"))
    }
}
