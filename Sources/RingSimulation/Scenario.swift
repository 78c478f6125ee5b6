public import Randomness
public import StateMachines

/// What a run of a scenario came to.
public struct ScenarioReport: Sendable {
    /// Operations that were committed or decided.
    public var operations: Int
    /// Faults that applied.
    public var faults: Int
    /// How long it ran, by the simulator's clock.
    public var simulated: Span
    /// The digest of the simulation's steps.
    public var trace: UInt64
    /// What the checkers found wrong, a line each; empty where all passed.
    public var violations: [String]
    /// Whether a checker gave up, so that nothing is known.
    public var unknown: Bool

    /// A report of these figures; one where nothing happened where nothing is said.
    public init(
        operations: Int = 0, faults: Int = 0, simulated: Span = .zero, trace: UInt64 = 0,
        violations: [String] = [], unknown: Bool = false
    ) {
        self.operations = operations
        self.faults = faults
        self.simulated = simulated
        self.trace = trace
        self.violations = violations
        self.unknown = unknown
    }
}

/// A protocol in its world, with load, faults and checkers, which a seed alone determines.
public protocol Scenario: Sendable {
    /// What it is called: the protocol's name in lower case.
    static var name: String { get }
    /// The mistakes that can be planted in the protocol.
    associatedtype Mistake: CaseIterable & Sendable & Hashable & RawRepresentable<String>

    /// Runs it. Equal arguments give equal reports, in any process.
    static func run(seed: Seed, planted: Mistake?) -> ScenarioReport
}
