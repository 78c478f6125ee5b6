/// Which keys requests ask for.
///
/// Text forms: `uniform`, `zipf:0.99`, `zipf:0.99:scrambled`, `hot:0.2:0.8`, `sequential`.
public enum KeyPattern: Hashable, Sendable, CustomStringConvertible {
    /// Every key as often as any other.
    case uniform
    /// Zipf's law: key 0 is the most frequent, key 1 the next.
    case zipf(exponent: Double)
    /// Zipf's law with the ranks spread over the keys by a bijection, so that frequent keys are no
    /// neighbours.
    case scrambledZipf(exponent: Double)
    /// The first `keys` share of all keys gets the `accesses` share of all requests; uniform within
    /// and without.
    case hotSet(keys: Double, accesses: Double)
    /// 0, 1, 2 …, and from 0 again after the last.
    case sequential

    /// The pattern that `text` names.
    public init(parsing text: String) throws(PatternProblem) {
        let parts = PatternText(text)
        switch parts.word {
        case "uniform":
            try parts.checkFieldCount(0...0, form: "'uniform'")
            self = .uniform
        case "sequential":
            try parts.checkFieldCount(0...0, form: "'sequential'")
            self = .sequential
        case "zipf": self = try KeyPattern.zipf(parts)
        case "hot":
            try parts.checkFieldCount(2...2, form: "'hot:SHARE-OF-KEYS:SHARE-OF-ACCESSES'")
            let share = "a number between 0 and 1"
            self = .hotSet(
                keys: try parts.number(0, "the share of keys", share) { $0 > 0 && $0 < 1 },
                accesses: try parts.number(1, "the share of accesses", share) { $0 > 0 && $0 < 1 })
        default:
            throw PatternProblem(
                text, found: "'\(parts.word)'",
                expected: "one of uniform, zipf:EXPONENT, zipf:EXPONENT:scrambled, "
                    + "hot:SHARE-OF-KEYS:SHARE-OF-ACCESSES, sequential")
        }
    }

    private static func zipf(_ parts: PatternText) throws(PatternProblem) -> KeyPattern {
        try parts.checkFieldCount(1...2, form: "'zipf:EXPONENT' or 'zipf:EXPONENT:scrambled'")
        let exponent = try parts.number(0, "the exponent", "a number above 0") { $0 > 0 }
        guard let order = parts.field(1) else { return .zipf(exponent: exponent) }
        guard order == "scrambled" else {
            throw PatternProblem(parts.text, found: "'\(order)'", expected: "'scrambled'")
        }
        return .scrambledZipf(exponent: exponent)
    }

    /// The text form.
    public var description: String {
        switch self {
        case .uniform: "uniform"
        case .zipf(let exponent): "zipf:\(exponent)"
        case .scrambledZipf(let exponent): "zipf:\(exponent):scrambled"
        case .hotSet(let keys, let accesses): "hot:\(keys):\(accesses)"
        case .sequential: "sequential"
        }
    }
}

/// Keys in 0..<`count` by a pattern. A value: a copy goes on from where it was copied.
public struct KeyDistribution: Sendable {
    private enum Source {
        case uniform
        case zipf(ZipfDistribution)
        case scrambledZipf(ZipfDistribution, Permutation)
        case hotSet(hot: UInt64, accesses: Double)
        case sequential(next: UInt64)
    }

    /// How many keys there are.
    public let count: UInt64
    private var source: Source

    /// Keys in 0..<`count`, at least one of them and at most 2⁴⁸.
    ///
    /// - Parameter scramble: determines the bijection of `scrambledZipf`; the other patterns do not
    ///   look at it. Give processes that share a keyspace the same one.
    ///
    /// A hot set is its share of the keys, rounded, but has one key at least and leaves one outside;
    /// so it needs two keys.
    public init(_ pattern: KeyPattern, count: UInt64, scramble: Seed = Seed(0)) {
        precondition(
            (1...ZipfDistribution.mostRanks).contains(count), "1 to 2^48 keys, not \(count)")
        self.count = count
        switch pattern {
        case .uniform: source = .uniform
        case .zipf(let exponent):
            source = .zipf(ZipfDistribution(count: count, exponent: exponent))
        case .scrambledZipf(let exponent):
            source = .scrambledZipf(
                ZipfDistribution(count: count, exponent: exponent),
                Permutation(count: count, seed: scramble))
        case .hotSet(let keys, let accesses):
            precondition(count > 1, "a hot set needs two keys at least, not \(count)")
            precondition(
                keys > 0 && keys < 1 && accesses > 0 && accesses < 1,
                "shares \(keys) and \(accesses) do not lie between 0 and 1")
            let hot = UInt64((Double(count) * keys).rounded())
            source = .hotSet(hot: min(max(1, hot), count - 1), accesses: accesses)
        case .sequential: source = .sequential(next: 0)
        }
    }

    /// The next key. O(1); a sequence draws nothing from the generator.
    public mutating func next(using generator: inout Xoshiro256StarStar) -> UInt64 {
        switch source {
        case .uniform: return generator.next(below: count)
        case .zipf(let ranks): return ranks.next(using: &generator)
        case .scrambledZipf(let ranks, let places): return places(ranks.next(using: &generator))
        case .hotSet(let hot, let accesses):
            return generator.nextUnit() < accesses
                ? generator.next(below: hot) : hot + generator.next(below: count - hot)
        case .sequential(let key):
            source = .sequential(next: key + 1 == count ? 0 : key + 1)
            return key
        }
    }
}
