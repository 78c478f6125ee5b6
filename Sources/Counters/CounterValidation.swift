import CNilometerShims

/// Whether the processor's counters tell the truth: they are asked to count a loop whose numbers
/// of instructions and branches are known.
///
/// On some virtual machines they do not; a factor of 16 has been seen.
public struct CounterValidation: Codable, Hashable, Sendable {
    /// A counter against its known answer.
    public struct Check: Codable, Hashable, Sendable {
        /// The preset event.
        public let name: String
        /// What it must come to.
        public let expected: Double
        /// What it came to, the middle of three; `nil` where it could not be counted.
        public let counted: Double?
        /// Why it could not be counted.
        public let refusal: String?

        /// Whether it is off by more than `tolerance`; a counter that could not be read is not.
        var isOff: Bool {
            counted.map { ($0 - expected).magnitude > expected * CounterValidation.tolerance }
                ?? false
        }

        /// Both numbers and their ratio.
        var finding: String {
            let ratio = ((counted ?? 0) / expected * 1000).rounded() / 1000
            return "\(name) counted \(Int(counted ?? 0)) where \(Int(expected)) ran, "
                + "\(ratio) times as many"
        }
    }

    /// How far a count may be off: the calls around the loop and an interrupt or two are counted
    /// with it.
    public static let tolerance = 0.01

    /// Turns of the loop.
    public static let turns: UInt64 = 1_000_000

    /// The checks that were made; none where the loop is not written for this architecture.
    public let checks: [Check]

    /// What is wrong with counts of `name`; `nil` where nothing is known to be. Where instructions
    /// are miscounted, nothing that the processor counts is believed.
    public func reason(against name: String) -> String? {
        let instructions = checks.first { $0.name == CounterValidation.instructions && $0.isOff }
        guard let check = checks.first(where: { $0.name == name && $0.isOff }) ?? instructions
        else { return nil }
        return "the hardware's counters are wrong here: \(check.finding)"
    }

    /// One line: what came out.
    public var summary: String {
        let counted = checks.filter { $0.counted != nil }
        guard let first = checks.first else {
            return "not made: the loop of known length is not written for this architecture"
        }
        guard !counted.isEmpty else { return "not made: \(first.refusal ?? "nothing was counted")" }
        return counted.map { ($0.isOff ? "wrong: " : "right: ") + $0.finding }
            .joined(separator: "; ")
    }

    static let instructions = "PAPI_TOT_INS"

    /// Every turn is a subtraction and a branch.
    private static let perTurn: [(name: String, count: Double)] = [
        (instructions, 2), ("PAPI_BR_INS", 1), ("PAPI_BR_CN", 1),
    ]

    /// A validation of what `count` gives for a preset event while it runs the work that it is
    /// handed.
    init(
        counting count: (_ name: String, _ work: () -> Void) -> Result<Int64, CounterRefusal>
    ) {
        guard nilometer_known_loop(1) else {
            checks = []
            return
        }
        checks = CounterValidation.perTurn.map { name, perTurn in
            let expected = perTurn * Double(CounterValidation.turns)
            var counts: [Double] = []
            for _ in 0..<3 {
                switch count(name, { _ = nilometer_known_loop(CounterValidation.turns) }) {
                case .success(let value): counts.append(Double(value))
                case .failure(let refusal):
                    return Check(
                        name: name, expected: expected, counted: nil,
                        refusal: refusal.description)
                }
            }
            return Check(
                name: name, expected: expected, counted: counts.sorted()[1], refusal: nil)
        }
    }

    private init(checks: [Check]) { self.checks = checks }

    /// No validation: what the counters say is taken as it is, for who checks them.
    public static let omitted = CounterValidation(checks: [])

    /// The validation of this machine's counters, made once, on the thread that asks first.
    public static let ofThisMachine = CounterValidation { name, work in
        Result { () throws(CounterRefusal) in
            let group = try ThreadCounters.hardwareGroup(.preset(name))
            try group.start()
            defer { group.stop() }
            let before = group.read()
            work()
            guard let start = before[0], let end = group.read()[0] else {
                throw CounterRefusal("PAPI_read failed")
            }
            return end - start
        }
    }
}
