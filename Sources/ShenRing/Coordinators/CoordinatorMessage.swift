public import StateMachines

/// What a coordinator gives out.
public enum CoordinatorService: Hashable, Sendable, CaseIterable {
    /// Timestamps: unlike all others', and in the order of the wall clock as far as clocks agree.
    case stamps
    /// Numbers of the coordinator's own counter, without gaps but for crashes: for offsets and sessions.
    case numbers
}

/// A client's request for identifiers.
public struct CoordinatorRequest: Hashable, Sendable {
    /// A retry carries the same one, and gets the same answer of the same coordinator.
    public let id: RequestID
    /// The oldest number of this client that it still waits for: answers before may be forgotten.
    public let oldest: UInt64
    /// What is asked for.
    public let service: CoordinatorService
    /// How many; they follow each other.
    public let count: UInt64
    /// The coordinator that the client's key belongs to, be it this one or not.
    public let home: NodeID

    /// A request for `count` identifiers.
    public init(
        id: RequestID, oldest: UInt64, service: CoordinatorService, count: UInt64, home: NodeID
    ) {
        self.id = id
        self.oldest = oldest
        self.service = service
        self.count = count
        self.home = home
    }
}

/// Identifiers that follow each other.
public struct IdentifierRun: Hashable, Sendable {
    /// The first.
    public let first: UInt64
    /// How many; at least one.
    public let count: UInt64

    /// The identifiers from `first` on.
    public init(first: UInt64, count: UInt64) {
        self.first = first
        self.count = count
    }
}

/// What becomes of a request.
public enum CoordinatorAnswer: Hashable, Sendable {
    /// These are the client's, and nobody else's.
    case given(IdentifierRun)
    /// Not now: too many wait, or the wall clock was set back by more than the coordinator waits for.
    case busy
    /// So many cannot be had at once; at least one, and at most this many.
    case most(UInt64)
}

/// What coordinators and their clients send each other.
public struct CoordinatorMessage: Hashable, Sendable {
    /// What is said.
    public enum Content: Hashable, Sendable {
        case ask(CoordinatorRequest)
        case answer(RequestID, CoordinatorAnswer)
    }

    /// Which cluster it is of; that of another is ignored.
    public let cluster: ClusterID
    /// What is said.
    public let content: Content

    /// A message within a cluster.
    public init(cluster: ClusterID, _ content: Content) {
        self.cluster = cluster
        self.content = content
    }

    /// How many bytes it takes on the wire: fields as they are.
    public var size: Int {
        switch content {
        case .ask: 8 + 1 + 12 + 8 + 1 + 8 + 4
        case .answer: 8 + 1 + 12 + 1 + 16
        }
    }
}
