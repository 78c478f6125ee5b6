import Channels

/// Where a message is to go.
@frozen @usableFromInline
enum Destination: Sendable {
    case key(KeyPlace)
    case worker(Int)
    case turn
}

// Sound, all below: as in PoolSender.swift.
extension PoolSender {
    /// Ends a send whose first attempt came to `outcome`.
    @usableFromInline
    mutating func finish(
        _ outcome: SendOutcome<Message>, _ destination: Destination, _ timeout: Duration?
    ) throws(SendFailure<Message>) {
        if takesTurns(destination) { return try finishInTurn(outcome, timeout) }
        switch outcome {
        case .sent: return
        case .refused(let message, let reason): throw SendFailure(message, reason)
        case .full(let message, _):
            let deadline = timeout.map { MonotonicTime.now() + $0 }
            let (_, unsent) = deliver(.message(message), destination, until: deadline)
            if let unsent { throw SendFailure(message, unsent) }
        }
    }

    /// Whether a message goes to whoever has the turn. A key that takes turns is as good as none: its
    /// message waits for the worker whose turn it was. Would the next one have it, whose inbox has
    /// room because it runs, then that one alone would run where workers share a core.
    private func takesTurns(_ destination: Destination) -> Bool {
        switch destination {
        case .key: routes.keysTakeTurns
        case .worker: false
        case .turn: true
        }
    }

    private mutating func finishInTurn(
        _ outcome: SendOutcome<Message>, _ timeout: Duration?
    ) throws(SendFailure<Message>) {
        let deadline = timeout.map { MonotonicTime.now() + $0 }
        let message: Message
        var unsent: SendRefusal?
        switch outcome {
        case .sent: return
        case .refused(let refused, let reason):
            message = refused
            unsent = reason
        case .full(let refused, let worker):
            message = refused
            // To the worker whose turn it was, so that turns stay even.
            unsent = deliver(.message(message), .worker(worker), until: deadline).unsent
        }
        // Who has ended, or left in a resize, has no turn.
        var others = workerCount
        while let reason = unsent, reason.isOfOneWorker, others > 0 {
            unsent = deliver(.message(message), .turn, until: deadline).unsent
            others -= 1
        }
        if let unsent { throw SendFailure(message, unsent) }
    }

    /// Sends an envelope, and waits for room until `deadline`: by short waits, each by the routing
    /// of its time, so that neither a resize nor a stop ever waits for a waiting sender. Returns
    /// the worker, and why it was not sent if it was not.
    mutating func deliver(
        _ envelope: Envelope<Message, Response>, _ destination: Destination,
        until deadline: MonotonicTime?
    ) -> (worker: Int, unsent: SendRefusal?) {
        while true {
            var wait = Self.stay
            if let deadline {
                wait = min(wait, max(.zero, deadline - MonotonicTime.now()))
            }
            let (index, attempt) = attempt(envelope, destination, for: wait)
            switch attempt {
            case nil: return (index, nil)
            case .full(let worker):
                if let deadline, MonotonicTime.now() >= deadline {
                    return (index, .full(worker: worker))
                }
            case let refusal: return (index, refusal)
            }
        }
    }

    private mutating func attempt(
        _ envelope: Envelope<Message, Response>, _ destination: Destination, for wait: Duration
    ) -> (worker: Int, unsent: SendRefusal?) {
        let table = unsafe enter()
        defer { leave() }
        let isKeyed = if case .key = destination { true } else { false }
        let index = unsafe index(of: destination, by: table)
        guard unsafe isAdmitted(by: table), unsafe index >= 0 && index < table.pointee.count else {
            return unsafe (index, refusal(of: index, by: table, isKeyed: isKeyed))
        }
        return switch unsafe table.pointee.inlets[index].send(envelope, timeout: wait) {
        case .sent: (index, nil)
        case .full: (index, .full(worker: index))
        case .closed: (index, .workerStopped(worker: index))
        }
    }

    @inlinable
    mutating func index(
        of destination: Destination, by table: UnsafeMutablePointer<Table>
    ) -> Int {
        switch destination {
        case .key(let place): unsafe table.pointee.index(of: place, turn: &turn)
        case .worker(let index): index
        case .turn: unsafe turn.turn(among: table.pointee.count)
        }
    }
}

extension PoolSender {
    /// Sends to workers whose inboxes were full, until `deadline`; who was not reached, and why.
    ///
    /// In short waits in turn: an inbox that stays full holds up nobody but its worker.
    mutating func deliver(
        to workers: [Int], until deadline: MonotonicTime,
        _ envelope: (_ worker: Int) -> Envelope<Message, Response>
    ) -> [(worker: Int, unsent: SendRefusal)] {
        var late = workers
        var missed: [(worker: Int, unsent: SendRefusal)] = []
        while !late.isEmpty {
            let soon = min(deadline, MonotonicTime.now() + Self.stay)
            var full: [Int] = []
            for worker in late {
                let (_, unsent) = deliver(envelope(worker), .worker(worker), until: soon)
                guard let unsent else { continue }
                if case .full = unsent, soon < deadline {
                    full.append(worker)
                } else {
                    missed.append((worker, unsent))
                }
            }
            late = full
        }
        return missed
    }

    /// Sends messages to the workers to which their keys belong, without waiting; returns how many
    /// were sent, which are the first ones, and why the next one was not.
    ///
    /// One entry into the routing for the whole batch, for which a resize and a stop of the pool
    /// wait: `key` must return soon, and must not call the pool.
    @inlinable
    public mutating func trySend<Key: PartitionKey>(
        batch messages: Span<Message>, key: (borrowing Message) -> Key
    ) -> (sent: Int, unsent: SendRefusal?) {
        let table = unsafe enter()
        defer { leave() }
        for position in messages.indices {
            let message = messages[position]
            let index = unsafe table.pointee.index(of: key(message), turn: &turn)
            switch unsafe offer(.message(message), to: index, of: table, isKeyed: true) {
            case .sent: continue
            case .full(_, let worker): return (position, .full(worker: worker))
            case .refused(_, let reason): return (position, reason)
            }
        }
        return (messages.count, nil)
    }

    /// Sends a message to every worker that there is at this moment, and waits for room.
    ///
    /// - Parameter timeout: how long to wait in all; zero to take what room there is.
    /// - Throws: `BroadcastFailure`, which names every worker that was not reached. All others have
    ///   the message: it is not taken back.
    public mutating func broadcast(_ message: Message, timeout: Duration) throws(BroadcastFailure) {
        let deadline = MonotonicTime.now() + timeout
        let count = workerCount
        var missed: [BroadcastFailure.Missed] = []
        // First all that have room, so that a full inbox holds up nobody but its worker.
        var late: [Int] = []
        for worker in 0..<count {
            switch trySend(message, to: worker) {
            case .sent: continue
            case .full: late.append(worker)
            case .refused(_, let reason): missed.append(.init(worker: worker, reason: reason))
            }
        }
        for (worker, reason) in deliver(to: late, until: deadline, { _ in .message(message) }) {
            missed.append(.init(worker: worker, reason: reason))
        }
        guard missed.isEmpty else {
            missed.sort { $0.worker < $1.worker }
            throw BroadcastFailure(missed: missed, reached: count - missed.count)
        }
    }
}

extension SendRefusal {
    /// Whether another worker may take what this one does not.
    fileprivate var isOfOneWorker: Bool {
        switch self {
        case .workerStopped, .noSuchWorker, .circuitOpen: true
        case .full, .poolStopped, .poolNotOpen, .partitionOutOfRange: false
        }
    }
}
