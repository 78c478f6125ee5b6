import Yams

/// Reads a file that holds one YAML document, within limits that no honest file meets.
public enum YAMLDocument {
    /// Larger files are refused before they are parsed.
    public static let longestFile = 1 << 20

    /// The root of the document in `file`.
    public static func root(ofFile file: String) throws(InputProblems) -> YAMLValue {
        try root(of: InputFile.text(of: file, longest: longestFile), file: file)
    }

    /// The root of the document `text`, which came from `file`.
    ///
    /// Scalars are not resolved to types: what `5`, `yes` or `1.0` is depends on who reads it.
    /// Anchors, aliases and tags are refused: files say what they mean in the place where it is
    /// read, and cannot expand beyond their size.
    public static func root(of text: String, file: String) throws(InputProblems) -> YAMLValue {
        try refuseManyAliases(text, file)
        do {
            let parser = try Parser(yaml: text, resolver: .basic)
            guard let node = try parser.singleRoot() else {
                throw InputProblems(
                    at: .file(file), found: "the file holds no YAML", expected: "a mapping")
            }
            // The parser owns the anchors that the nodes refer to weakly.
            try withExtendedLifetime(parser) { () throws(InputProblems) in
                var collector = ProblemCollector()
                refuseExtras(of: node, file, &collector)
                try collector.check()
            }
            return YAMLValue(node, file: file)
        } catch let problems as InputProblems {
            throw problems
        } catch {
            throw InputProblems([problem(error, file: file)])
        }
    }

    /// Refuses what a nest of aliases needs to grow out of bounds while it is composed; the few
    /// that pass are refused one by one afterwards, with their place.
    private static func refuseManyAliases(
        _ text: String, _ file: String
    ) throws(InputProblems) {
        var aliases = 0
        var valueMayStart = true
        for byte in text.utf8 {
            if valueMayStart, byte == UInt8(ascii: "*") { aliases += 1 }
            if byte != UInt8(ascii: " ") { valueMayStart = ":-[,{?\n".utf8.contains(byte) }
        }
        if aliases > 32 {
            throw InputProblems(
                at: .file(file), found: "the file uses \(aliases) aliases",
                expected: "every value written out")
        }
    }

    private static func refuseExtras(
        of node: Node, _ file: String, _ collector: inout ProblemCollector
    ) {
        let location = YAMLValue(node, file: file).location
        if let anchor = node.anchor {
            collector.add(
                at: location, found: "anchor \(QuotedText(anchor.rawValue))",
                expected: "every value written out")
        }
        let plain: [Tag.Name] = [.str, .seq, .map]
        if !plain.map(\.rawValue).contains(node.tag.rawValue) {
            collector.add(
                at: location, found: "tag \(QuotedText(node.tag.rawValue))",
                expected: "a value without a tag")
        }
        switch node {
        case .mapping(let mapping):
            for (key, value) in mapping {
                refuseExtras(of: key, file, &collector)
                refuseExtras(of: value, file, &collector)
            }
        case .sequence(let sequence):
            for element in sequence { refuseExtras(of: element, file, &collector) }
        case .scalar, .alias:
            break
        }
    }
}

extension YAMLDocument {
    private static func problem(_ error: any Error, file: String) -> InputProblem {
        guard let error = error as? YamlError else {
            return InputProblem(
                at: .file(file), found: "the file cannot be parsed (\(error))",
                expected: "well-formed YAML")
        }
        switch error {
        case .scanner(let context, let problem, let mark, _),
            .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let circumstances = context.map { "\($0.text), " } ?? ""
            return InputProblem(
                at: .place(file: file, line: mark.line, column: mark.column),
                found: "malformed YAML: \(circumstances)\(problem)",
                expected: "well-formed YAML")
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.map { "\(QuotedText($0))" }.joined(separator: ", ")
            return InputProblem(
                at: .place(file: file, line: context.mark.line, column: context.mark.column),
                found: "\(names) given twice in one mapping, the first time here",
                expected: "each key once")
        case .reader(let problem, let offset, _, let yaml):
            return InputProblem(
                at: offset.map { location(ofCharacter: $0, of: yaml, file: file) } ?? .file(file),
                found: "malformed YAML: \(problem)", expected: "well-formed YAML")
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            return InputProblem(
                at: .file(file), found: "the file cannot be parsed (\(error))",
                expected: "well-formed YAML")
        }
    }

    private static func location(
        ofCharacter offset: Int, of text: String, file: String
    ) -> SourceLocation {
        var line = 1
        var column = 1
        for character in text.prefix(offset) {
            column = character.isNewline ? 1 : column + 1
            line += character.isNewline ? 1 : 0
        }
        return .place(file: file, line: line, column: column)
    }
}
