import StateMachines

/// Reads that wait for the tail to say what is committed.
struct WaitingReads: Sendable {
    private struct Waiting {
        let request: ClientRequest
        /// The first query that was sent after the read came.
        let round: UInt64
    }

    private var waiting = FIFO<Waiting>()
    /// The last query that was sent.
    private(set) var round: UInt64 = 0
    /// When to send it again; nil where no query is under way.
    var retryAt: Moment?

    var count: Int { waiting.count }

    /// Has a read wait for the next query: one under way was asked before it came.
    mutating func append(_ request: ClientRequest) {
        waiting.append(Waiting(request: request, round: round + 1))
    }

    /// Begins the next query.
    mutating func begin(retryAt moment: Moment) -> UInt64 {
        round += 1
        retryAt = moment
        return round
    }

    /// Takes out the next read that the query of a round answers.
    mutating func next(through round: UInt64) -> ClientRequest? {
        guard let read = waiting.first, read.round <= round else { return nil }
        _ = waiting.removeFirst()
        return read.request
    }

    /// Takes out all reads. Rounds go on, so that a late answer is not taken for another query's.
    mutating func removeAll() -> [ClientRequest] {
        var requests: [ClientRequest] = []
        while let read = waiting.removeFirst() { requests.append(read.request) }
        retryAt = nil
        return requests
    }
}

/// Reads: at the tail, or at any member.
extension ChainReplica {
    /// Answers a read, or says who can.
    ///
    /// At the tail (van Renesse and Schneider 2004, §3): what it has committed is what clients were told.
    /// Anywhere (Terrace and Freedman 2009, §2.3): a key without uncommitted entries here has none that
    /// this node has not seen, for each write passes through all members.
    mutating func read(
        _ request: ClientRequest, at now: Moment, _ effects: inout Effects<ChainNode>
    ) {
        if settings.has(.joinerServesEarly), role == .joiner, isActive {
            return answerFromState(request, &effects)
        }
        guard mayAnswer(at: now) else { return answer(request, .redirected(nil), &effects) }
        if isTail {
            // Before it is attached it may not know all that an earlier tail has committed.
            guard isAttached else { return answer(request, .redirected(nil), &effects) }
            return answerFromState(request, &effects)
        }
        guard settings.reading == .anywhere else {
            return answer(request, .redirected(configuration.tail?.node), &effects)
        }
        guard isDirty(request.key), !settings.has(.cleanVersionTooOld) else {
            return answerFromState(request, &effects)
        }
        if settings.has(.dirtyVersionRead), let index = dirty[request.key],
            case .write(let value) = log[index].request.operation
        {
            return answer(request, .value(value), &effects)
        }
        guard reads.count < settings.window else {
            return answer(request, .overloaded, &effects)
        }
        reads.append(request)
        if reads.retryAt == nil { askTail(at: now, &effects) }
    }

    private func answerFromState(
        _ request: ClientRequest, _ effects: inout Effects<ChainNode>
    ) {
        answer(request, .value(state.value(of: request.key)?.value), &effects)
    }

    /// Asks the tail how far the log is committed, for all reads that wait.
    private mutating func askTail(at now: Moment, _ effects: inout Effects<ChainNode>) {
        send(query: reads.begin(retryAt: now + settings.resend), &effects)
    }

    private func send(query round: UInt64, _ effects: inout Effects<ChainNode>) {
        guard let tail = configuration.tail else { return }
        let query = ChainMessage.Body.query(epoch: configuration.epoch, round: round)
        effects.send(message(query), to: tail.node)
    }

    /// Sends the query under way again, once it has been for long.
    mutating func repeatQuery(at now: Moment, into effects: inout Effects<ChainNode>) {
        guard isActive, let retryAt = reads.retryAt, now >= retryAt else { return }
        reads.retryAt = now + settings.resend
        send(query: reads.round, &effects)
    }

    /// As the tail, says how far the log is committed.
    ///
    /// Without a lease: where this node has been removed, and others have committed more, then so has the
    /// node that asks entered their configuration, or lost its own lease.
    func answerQuery(
        _ epoch: UInt64, _ round: UInt64, from sender: NodeID, _ ignored: inout ChainNode.Ignored,
        _ effects: inout Effects<ChainNode>
    ) {
        guard configuration.members.contains(where: { $0.node == sender }) else {
            return ignored.unknown += 1
        }
        guard epoch == configuration.epoch, isActive, isTail, isAttached else {
            if epoch < configuration.epoch { ignored.old += 1 } else { ignored.future += 1 }
            return
        }
        let version = ChainMessage.Body.version(
            epoch: epoch, round: round, committed: committed)
        effects.send(message(version), to: sender)
    }

    /// Takes the tail's answer: what it has committed, this node has, and may apply.
    mutating func take(
        _ round: UInt64, committed reached: UInt64, at now: Moment,
        _ effects: inout Effects<ChainNode>
    ) {
        guard reads.retryAt != nil, round == reads.round else { return }
        reads.retryAt = nil
        commit(through: reached, &effects)
        let isAllowed = mayAnswer(at: now) && reached <= committed
        while let request = reads.next(through: round) {
            if isAllowed {
                answerFromState(request, &effects)
            } else {
                answer(request, .redirected(nil), &effects)
            }
        }
        if reads.count > 0 { askTail(at: now, &effects) }
    }
}
