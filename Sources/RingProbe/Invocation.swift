import Randomness
import RingSimulation

/// What is wrong with the words that the probe was started with: one line.
struct InvocationError: Error {
    let description: String
}

/// The words that the probe was started with, understood.
struct Invocation {
    /// What can be asked for.
    enum Verb: String, CaseIterable {
        case scenarios, zoo, medians, speed

        /// The options that it takes, each of which has a value.
        var options: Set<String> {
            switch self {
            case .scenarios: ["--runs", "--first", "--planted"]
            case .zoo, .medians: ["--series", "--seeds", "--first"]
            case .speed: []
            }
        }
    }

    let verb: Verb
    /// What it is asked of: protocols, mistakes or figures; all where there is none.
    private(set) var names: [String] = []
    /// How many seeds of a scenario are run.
    private(set) var runs = 300
    /// The first seed.
    private(set) var first = Seed(1)
    /// The mistake that is planted while scenarios are run, by its name.
    private(set) var planted: String?
    /// How many catches of a mistake are needed.
    private(set) var series = 1
    /// In how many seeds a catch has to come, on average.
    private(set) var seeds = 1_000

    /// Understands the words.
    init(_ words: some Sequence<String>) throws(InvocationError) {
        var words = Array(words)[...]
        guard let verb = words.popFirst().flatMap(Verb.init(rawValue:)) else {
            let verbs = Verb.allCases.map(\.rawValue).joined(separator: "|")
            throw InvocationError(description: "usage: RingProbe \(verbs) [OPTION VALUE…] [NAME…]")
        }
        self.verb = verb
        while let word = words.popFirst() {
            guard word.hasPrefix("-") else {
                names.append(word)
                continue
            }
            guard verb.options.contains(word) else {
                throw InvocationError(description: "\(verb) has no option \(word)")
            }
            guard let value = words.popFirst() else {
                throw InvocationError(description: "\(word) has no value")
            }
            try take(value, for: word)
        }
    }

    private mutating func take(_ value: String, for option: String) throws(InvocationError) {
        func number(atMost most: Int) throws(InvocationError) -> Int {
            guard let number = Int(value), (1...most).contains(number) else {
                throw InvocationError(
                    description: "\(option) takes a number from 1 to \(most), not \(value)")
            }
            return number
        }
        switch option {
        case "--runs": runs = try number(atMost: 1_000_000_000)
        case "--series": series = try number(atMost: 10_000)
        case "--seeds": seeds = try number(atMost: 100_000)
        case "--planted": planted = value
        default:
            guard let seed = UInt64(value) else {
                throw InvocationError(description: "\(option) takes a seed, not \(value)")
            }
            first = Seed(seed)
        }
    }

    /// Does what the words ask for; returns the status to end with.
    static func run(_ words: some Sequence<String>) async -> Int32 {
        do throws(InvocationError) {
            let invocation = try Invocation(words)
            let isWell =
                switch invocation.verb {
                case .scenarios: try await Soundness(invocation).run()
                case .zoo: try await Zoo(invocation, as: .lines).run()
                case .medians: try await Zoo(invocation, as: .table).run()
                case .speed: try SpeedFigure.run(invocation.names)
                }
            return isWell ? 0 : 1
        } catch {
            Console.complain("RingProbe: \(error.description)")
            return 2
        }
    }
}
