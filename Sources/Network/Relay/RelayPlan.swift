public import Randomness
public import StateMachines
public import Storage

/// Which machines a relay stands between, and what the links are like.
public struct RelayPlan: Sendable {
    /// Where those listen that are called.
    public var targets: [NodeID: Address]
    /// The machine at which the relay listens, at ports that are free.
    public var listening = Address.loopback().host
    /// Who calls whom; both ways are links then.
    public var calls: [Link]
    /// What all links are like.
    public var conditions: LinkConditions
    /// What single links are like instead.
    public var exceptions: [Link: LinkConditions] = [:]
    /// From which losses and jitter are drawn.
    public var seed: Seed

    /// A relay between these.
    public init(
        targets: [NodeID: Address], calls: [Link], conditions: LinkConditions, seed: Seed
    ) {
        self.targets = targets
        self.calls = calls
        self.conditions = conditions
        self.seed = seed
    }

    /// Traps where somebody is called whose place is not known, or conditions make no sense.
    func check() {
        for call in calls {
            precondition(targets[call.to] != nil, "\(call.to) is called, and is nowhere")
        }
        precondition(Set(calls).count == calls.count, "a call that is there twice")
        for conditions in exceptions.values + [conditions] { conditions.check() }
    }

    /// All links, both ways of every call.
    var links: Set<Link> { Set(calls.flatMap { [$0, $0.reversed] }) }
}

/// Why a relay cannot begin or go on.
public enum RelayFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The network failed it.
    case network(NetworkError)
    /// It has no thread.
    case thread(StorageError)

    /// The failure in a line.
    public var description: String {
        switch self {
        case .network(let error): "the relay of links: \(error)"
        case .thread(let error): "the relay of links: \(error)"
        }
    }
}
