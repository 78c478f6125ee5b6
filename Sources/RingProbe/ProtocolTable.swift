import LogSimulation
import RingSimulation

/// The protocols that have a scenario.
enum ProtocolTable {
    static let all: [any Scenario.Type] = [
        GossipScenario.self, TokenScenario.self, QuorumScenario.self, ChainScenario.self,
        RingScenario.self, CoordinatorScenario.self, LogScenario.self,
    ]

    /// The protocol of this name.
    static func named(_ name: Substring) throws(InvocationError) -> any Scenario.Type {
        guard let found = all.first(where: { $0.name == name }) else {
            let names = all.map { $0.name }.joined(separator: ", ")
            throw InvocationError(
                description: "no protocol is called \(name), but these are: \(names)")
        }
        return found
    }
}

extension Scenario {
    /// The names of all its mistakes.
    static var mistakeNames: [String] { Mistake.allCases.map(\.rawValue) }

    /// Checks that a mistake of this name can be planted.
    static func require(mistake name: String) throws(InvocationError) {
        guard BuildOfMistakes.knowsThem else {
            throw InvocationError(
                description: "this build knows no mistakes: build it with -DPLANTED_DEFECTS")
        }
        guard Mistake(rawValue: name) != nil else {
            throw InvocationError(description: "\(Self.name) has no mistake \(name)")
        }
    }
}

/// Whether mistakes can be planted in what this was built with.
enum BuildOfMistakes {
    static var knowsThem: Bool {
        #if PLANTED_DEFECTS
            true
        #else
            false
        #endif
    }
}
