/// Imports go downward only, as `Layer` has them.
enum ImportRule {
    private static let modifiers: Set<Substring> = [
        "public", "package", "internal", "fileprivate", "private",
    ]
    private static let kinds: Set<Substring> = [
        "struct", "class", "enum", "protocol", "typealias", "func", "let", "var",
    ]
    private static let testing: Set = [
        "Testing", "Foundation", "FoundationXML", "Glibc", "Synchronization",
    ]

    static func findings(in file: SourceFile) -> [Finding] {
        guard file.language == .swift, let scope = Scope(of: file) else { return [] }
        guard let allowed = scope.allowed else {
            return [
                Finding(
                    path: file.path, line: 0,
                    message: "\(scope.name) has no row in Tests/TidyTests/Layers.swift")
            ]
        }
        return file.code.enumerated().compactMap { index, line in
            guard let module = module(importedBy: line), !allowed.contains(module) else {
                return nil
            }
            return file.finding(line: index + 1, "\(scope.name) must not import \(module)")
        }
    }

    /// The module that a line of code imports: `Foundation` for `import struct Foundation.Data`.
    static func module(importedBy line: String) -> String? {
        guard line.contains("import") else { return nil }
        var words = line.split(whereSeparator: \.isWhitespace)
            .drop { $0.hasPrefix("@") || modifiers.contains($0) }
        guard words.popFirst() == "import" else { return nil }
        if let kind = words.first, kinds.contains(kind) { words.removeFirst() }
        return words.first?.split(separator: ".").first.map(String.init)
    }

    /// A target, of the sources or of the tests, and what it may import.
    private struct Scope {
        let name: String
        /// Nil where no row says.
        let allowed: Set<String>?

        init?(of file: SourceFile) {
            if let target = file.target(under: "Sources") {
                name = target
                allowed = Layer.of(target).map(Self.imports)
            } else if let target = file.target(under: "Tests") {
                name = target
                if target == "TidyTests" {
                    allowed = testing
                } else {
                    allowed = Layer.of(String(target.dropLast("Tests".count))).map { tested in
                        // What a test compares with may come from what the target builds on.
                        let below = tested.imports.compactMap(Layer.of).map(Self.imports)
                        return below.reduce(Self.imports(of: tested)) { $0.union($1) }
                            .union(testing).union(tested.testImports)
                            .union([tested.target, Layer.testSupport])
                    }
                }
            } else {
                return nil
            }
        }

        private static func imports(of layer: Layer) -> Set<String> {
            layer.imports.union(layer.packages).union(layer.toolchain)
        }
    }
}
