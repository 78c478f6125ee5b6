/// What a synthetic description states, as opposed to what hwloc fills in.
///
/// hwloc invents 1 GiB for each NUMA node and usual sizes for caches that the text gives none; an
/// invented size must not pass for a fact.
struct SyntheticDescription {
    /// hwloc's time to load grows faster than the square of the number of hardware threads: 4096
    /// take a second. Nobody has a machine above it, and a mistyped count would hang.
    static let mostThreads = 4096

    private struct Level {
        var type: String
        var attributes: String
        var count: Int?
    }

    private let levels: [Level]

    init(_ text: String) {
        var levels: [Level] = []
        var depth = 0
        var token = ""
        // Blanks part levels, save inside the parentheses of attributes.
        for character in text + " " {
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            if depth <= 0, character.isWhitespace || character == "[" || character == "]" {
                if !token.isEmpty { levels.append(SyntheticDescription.level(token)) }
                token = ""
            } else {
                token.append(character)
            }
        }
        self.levels = levels
    }

    private static func level(_ token: String) -> Level {
        let (head, attributes) = token.parted(by: "(") ?? (token, "")
        let (type, count) = head.parted(by: ":") ?? ("", head)
        return Level(type: type.lowercased(), attributes: attributes, count: Int(count))
    }

    /// Whether the text gives memory to its NUMA nodes.
    var statesMemory: Bool { levels.contains { $0.attributes.contains("memory=") } }

    /// The cache levels (1 for L1 …) whose size the text gives.
    var cacheLevelsWithSize: Set<Int> {
        var stated: Set<Int> = []
        for level in levels where level.attributes.contains("size=") && level.type.hasPrefix("l") {
            if let digit = level.type.first(where: \.isNumber), let number = Int(String(digit)) {
                stated.insert(number)
            }
        }
        return stated
    }

    /// Why hwloc should not even be asked, or `nil` when it may be.
    var objection: String? {
        var threads = 1
        for level in levels {
            guard let count = level.count, count > 0 else { continue }
            let (product, overflow) = threads.multipliedReportingOverflow(by: count)
            threads = overflow ? Int.max : product
            if threads > SyntheticDescription.mostThreads {
                return "it has more than \(SyntheticDescription.mostThreads) hardware threads"
            }
        }
        return nil
    }
}
