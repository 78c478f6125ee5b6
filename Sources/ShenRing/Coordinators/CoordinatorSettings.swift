public import StateMachines

/// Why coordinators cannot be run as they are to be.
public enum CoordinatorError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There are no coordinators.
    case none
    /// There are more coordinators than numbers of machines.
    case tooMany(Int, machines: Int)
    /// A node stands twice among the coordinators.
    case repeated(NodeID)

    /// One line: what was found and what was expected.
    public var description: String {
        switch self {
        case .none: "coordinators: there are none; expected at least 1"
        case .tooMany(let count, let machines):
            "coordinators: \(count) of them; expected at most \(machines), one for each number of a "
                + "machine"
        case .repeated(let node): "coordinators: \(node) stands there twice; expected each once"
        }
    }
}

/// What a coordinator is told once.
public struct CoordinatorSettings: Sendable {
    /// The cluster: messages of others are ignored.
    public var cluster: ClusterID
    /// How timestamps are divided.
    public var layout: StampLayout
    /// The number of the machine, which no other coordinator may ever have had or have.
    public var machine: Int
    /// How many milliseconds are made durable ahead: a crash makes the coordinator wait for at most that
    /// long, and syncs come at most twice in that time.
    public var window: UInt64 = 256
    /// How many numbers are made durable ahead: a crash skips at most so many.
    public var reserve: UInt64 = 4_096
    /// How many requests may wait.
    public var queue = 1_024
    /// For how long a request waits for the wall clock at most.
    public var patience = Span.seconds(1)
    /// How many answers a client's session remembers.
    public var memory = 256
    /// What the coordinator does wrong.
    package var planted = Planted<CoordinatorMistake>()

    /// Settings of the coordinator that has this machine number.
    public init(cluster: ClusterID, machine: Int, layout: StampLayout = .standard) {
        precondition((0..<layout.machines).contains(machine), "machine \(machine)")
        (self.cluster, self.machine, self.layout) = (cluster, machine, layout)
    }

    /// Whether a mistake was planted; never where none can be.
    func has(_ mistake: CoordinatorMistake) -> Bool {
        planted.has(mistake)
    }
}
