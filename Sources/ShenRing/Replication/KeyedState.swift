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
    struct Session: Sendable {
        private(set) var oldest: UInt64
        /// From `head` on, outcomes of requests from `oldest` on; what stands before is forgotten.
        private var kept: [RequestOutcome?]
        private var head = 0

        init(oldest: UInt64 = 1, outcomes: [RequestOutcome?] = []) {
            self.oldest = oldest
            kept = outcomes
        }

        /// The outcomes of requests from `oldest` on; nil where one has not come.
        var outcomes: ArraySlice<RequestOutcome?> { kept[head...] }

        /// What became of a request that is not older than `oldest`; nil where it has not come.
        func outcome(of number: UInt64) -> RequestOutcome? {
            let place = number - oldest
            return place < UInt64(kept.count - head) ? kept[head + Int(place)] : nil
        }

        /// Notes an outcome, and forgets those that the client no longer waits for. O(1), amortised.
        mutating func remember(_ outcome: RequestOutcome, of request: ClientRequest) {
            if request.oldest > oldest {
                head += Int(min(UInt64(kept.count - head), request.oldest - oldest))
                oldest = request.oldest
                if head * 2 >= kept.count {
                    kept.removeFirst(head)
                    head = 0
                }
            }
            let place = head + Int(request.id.number - oldest)
            if place >= kept.count {
                kept += repeatElement(nil, count: place + 1 - kept.count)
            }
            kept[place] = outcome
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
        return id.number >= session.oldest ? session.outcome(of: id.number) : .forgotten
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
        switch request.operation {
        case .read:
            return .value(values[request.key]?.value)
        case .write(let value):
            values[request.key] = Versioned(value: value, index: index)
        case .compareAndSet(let expected, let value):
            let held = values[request.key]?.value
            guard held == expected else { return .mismatch(held) }
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

/// Sessions are alike where what is remembered is, wherever it stands.
extension KeyedState.Session: Hashable {
    static func == (left: Self, right: Self) -> Bool {
        left.oldest == right.oldest && left.outcomes == right.outcomes
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(oldest)
        hasher.combine(outcomes)
    }
}
