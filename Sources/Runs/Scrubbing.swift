import Foundation

/// Takes names out of what is written as JSON.
enum Scrubbing {
    /// The members of a manifest that hold free text; all others name something, or are numbers.
    private static let freeText: Set<String> = [
        "command", "failure", "notes", "reason", "remarks", "setAside", "text",
    ]
    /// The members of an environment that do not.
    private static let identifiers: Set<String> = ["cause", "id", "name", "severity", "unit"]

    /// The manifest without what `names` takes out; of the program only its own name is left.
    static func scrubbed(_ manifest: Manifest, _ names: MachineNames) throws -> Manifest {
        var copy = manifest
        if let program = copy.command.first {
            copy.command[0] = program.split(separator: "/").last.map(String.init) ?? program
        }
        return try scrubbed(copy) { key, value in
            freeText.contains(key) ? names.scrubbed(text: value) : names.scrubbed(identifier: value)
        }
    }

    /// The environment likewise. A fact that is a name and nothing else (`kvm`) is none of the machine's:
    /// none of its facts is its name.
    static func scrubbed(
        _ environment: RunEnvironment, _ names: MachineNames
    ) throws -> RunEnvironment {
        try scrubbed(environment) { key, value in
            identifiers.contains(key) || names.contains(value)
                ? names.scrubbed(identifier: value) : names.scrubbed(text: value)
        }
    }

    private static func scrubbed<Value: Codable>(
        _ value: Value, _ scrub: (_ key: String, _ value: String) -> String
    ) throws -> Value {
        let text = String(decoding: try RunFiles.json(value), as: UTF8.self)
        return try RunFiles.decoded(Value.self, from: try scrubbed(json: text, scrub))
    }

    /// A JSON document whose strings `scrub` replaced, told the member that each belongs to; members of
    /// an array belong to that of the array. Keys and numbers stay as they are, to the last digit.
    static func scrubbed(
        json text: String, _ scrub: (_ key: String, _ value: String) -> String
    ) throws -> String {
        var result = ""
        var literal = ""
        var key = ""
        var isInside = false
        var isEscaped = false
        var rest = text[...]
        while let character = rest.popFirst() {
            guard isInside else {
                isInside = character == "\""
                if !isInside { result.append(character) }
                continue
            }
            if character == "\"", !isEscaped {
                if rest.first(where: { !$0.isWhitespace }) == ":" {
                    key = literal
                    result += "\"\(literal)\""
                } else {
                    result += try encoded(scrub(key, try decoded(literal)))
                }
                (literal, isInside) = ("", false)
                continue
            }
            isEscaped = character == "\\" && !isEscaped
            literal.append(character)
        }
        return result
    }

    private static func decoded(_ literal: String) throws -> String {
        guard literal.contains("\\") else { return literal }
        return try RunFiles.decoded(String.self, from: "\"\(literal)\"")
    }

    private static func encoded(_ text: String) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return String(decoding: try encoder.encode(text), as: UTF8.self)
    }
}
