import StateMachines

/// What replicas agree on: the value of every key and, by client, what became of its requests, so
/// that one that comes again is answered without being done again.
///
/// Applied in the order of a log, equal logs give equal states. No method goes through a
/// dictionary: `entries` and `sessions` sort.
public struct KeyedState: Hashable, Sendable {
    /// A value, and the place in the log of the write that gave it.
    public struct Versioned: Hashable, Sendable {
        /// The value.
        public let value: [UInt8]
        /// The place in the log of the write.
        public let index: UInt64
    }

    /// What a client's requests came to, from the oldest that it waits for.
    struct Session: Hashable, Sendable {
        var oldest: UInt64 = 1
        /// The outcome of request `oldest + place`; nil where it has not come.
        var outcomes: [RequestOutcome?] = []

        /// Notes an outcome, and forgets those that the client no longer waits for.
        mutating func remember(_ outcome: RequestOutcome, of request: ClientRequest) {
            if request.oldest > oldest {
                let gone = min(UInt64(outcomes.count), request.oldest - oldest)
                outcomes.removeFirst(Int(gone))
                oldest = request.oldest
            }
            let place = Int(request.id.number - oldest)
            if place >= outcomes.count {
                outcomes += repeatElement(nil, count: place + 1 - outcomes.count)
            }
            outcomes[place] = outcome
        }
    }

    /// How far a request may lie ahead of the oldest that its client waits for.
    public static let window: UInt64 = 4_096

    private var values: [UInt64: Versioned] = [:]
    private var clients: [NodeID: Session] = [:]
    /// The place in the log of the last request that was applied; 0 before the first.
    public private(set) var applied: UInt64 = 0

    /// Nothing written, no client known.
    public init() {}

    init(values: [UInt64: Versioned], sessions: [NodeID: Session], applied: UInt64) {
        self.values = values
        clients = sessions
        self.applied = applied
    }

    /// What a key holds; nil where it was never written. O(1).
    public func value(of key: UInt64) -> Versioned? { values[key] }

    /// What became of a request that was applied; `.forgotten` where its client said that it waits
    /// for later ones only; nil where it was not applied.
    public func outcome(of id: RequestID) -> RequestOutcome? {
        guard let session = clients[id.client] else { return nil }
        guard id.number >= session.oldest else { return .forgotten }
        let place = id.number - session.oldest
        guard place < UInt64(session.outcomes.count) else { return nil }
        return session.outcomes[Int(place)]
    }

    /// Whether a request can be remembered: it lies within the window of its client.
    public func admits(_ request: ClientRequest) -> Bool {
        request.id.number >= 1 && request.oldest >= 1 && request.oldest <= request.id.number
            && request.id.number - request.oldest < Self.window
    }

    /// Applies what stands at a place of the log, once: a request that was applied before changes
    /// nothing, and has the outcome that it had then.
    ///
    /// Precondition: places come in order, and the request is one that `admits`.
    @discardableResult
    public mutating func apply(_ request: ClientRequest, at index: UInt64) -> RequestOutcome {
        precondition(index > applied, "place \(index) after \(applied)")
        precondition(admits(request), "\(request.id) is outside the window")
        applied = index
        if let outcome = outcome(of: request.id) { return outcome }
        let outcome = change(request, at: index)
        remember(outcome, of: request)
        return outcome
    }

    /// Notes that a place of the log holds nothing for the state.
    public mutating func skip(to index: UInt64) {
        precondition(index > applied, "place \(index) after \(applied)")
        applied = index
    }

    private mutating func change(_ request: ClientRequest, at index: UInt64) -> RequestOutcome {
        let held = values[request.key]
        switch request.operation {
        case .read:
            return .value(held?.value)
        case .write(let value):
            values[request.key] = Versioned(value: value, index: index)
        case .compareAndSet(let expected, let value):
            guard held?.value == expected else { return .mismatch(held?.value) }
            values[request.key] = Versioned(value: value, index: index)
        }
        return .written(at: index)
    }

    private mutating func remember(_ outcome: RequestOutcome, of request: ClientRequest) {
        clients[request.id.client, default: Session()].remember(outcome, of: request)
    }

    /// All clients with what became of their requests, by client. O(n log n).
    var sessions: [(client: NodeID, session: Session)] {
        clients.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// All keys with their values, by key. O(n log n).
    public var entries: [(key: UInt64, value: Versioned)] {
        values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
