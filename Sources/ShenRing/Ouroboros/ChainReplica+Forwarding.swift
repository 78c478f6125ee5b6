import StateMachines

/// The way down the chain: entries from the head to the tail.
extension ChainReplica {
    /// Takes a client's request.
    mutating func take(
        _ request: ClientRequest, at now: Moment, _ ignored: inout ChainNode.Ignored,
        _ effects: inout Effects<ChainNode>
    ) {
        guard state.admits(request) else { return ignored.malformed += 1 }
        if request.operation.isRead { return read(request, at: now, &effects) }
        guard isHead, isActive else {
            let head = configuration.head?.node
            return answer(request, .redirected(head == id ? nil : head), &effects)
        }
        // One that was removed and does not know yet could never answer: others can.
        guard leases.holds(at: now) || settings.has(.readsWithoutLease) else {
            return answer(request, .redirected(nil), &effects)
        }
        if !settings.has(.retryAppliedAgain) {
            if let outcome = state.outcome(of: request.id) {
                return answer(request, outcome, &effects)
            }
            // In the log already: the answer comes when it is committed.
            if uncommitted.contains(request) { return }
        }
        guard log.last - committed < UInt64(settings.window),
            uncommitted.bytes < settings.windowBytes
        else {
            return answer(request, .overloaded, &effects)
        }
        uncommitted.insert(request)
        append(ChainEntry(epoch: configuration.epoch, request: request))
        if settings.has(.answersBeforeTail) {
            answer(request, .written(at: log.last), &effects)
        }
    }

    func answer(
        _ request: ClientRequest, _ outcome: RequestOutcome, _ effects: inout Effects<ChainNode>
    ) {
        effects.send(
            message(.answer(ClientAnswer(request.id, outcome))), to: request.id.client)
    }

    /// Appends an entry to the log, to be stored by `record`.
    private mutating func append(_ entry: ChainEntry) {
        log.append(entry)
        markDirty(entry, at: log.last)
        unrecorded += 1
    }

    /// Has the entries stored that are in no record yet, in one.
    mutating func record(at now: Moment, into effects: inout Effects<ChainNode>) {
        guard unrecorded > 0 else { return }
        let previous = log.last - UInt64(unrecorded)
        let record = ChainRecord.entries(
            after: previous, committed: committed,
            log.entries(after: previous, most: unrecorded))
        unrecorded = 0
        disk.wrote(through: log.last, at: store(record, at: now, &effects))
    }

    /// Takes entries of the predecessor.
    mutating func take(
        _ forward: ChainForward, at now: Moment, _ ignored: inout ChainNode.Ignored,
        _ effects: inout Effects<ChainNode>
    ) {
        if !isAttached {
            // The predecessor took up from another place; the next hello tells it.
            guard attach(forward, at: now, &effects) else { return ignored.malformed += 1 }
        }
        let isLoose = settings.has(.gapAccepted) || settings.has(.inFlightNotResent)
        if forward.previous > log.last, !isLoose {
            if missReported != log.last || forward.asks {
                missReported = log.last
                owesAnswer = true
            }
        } else {
            let known = forward.previous > log.last ? 0 : Int(log.last - forward.previous)
            if known < forward.entries.count {
                for entry in forward.entries.dropFirst(known) { append(entry) }
                missReported = nil
            }
        }
        upstreamDurable = max(upstreamDurable, forward.durable)
        owesAnswer = owesAnswer || forward.asks
        guard role == .joiner else { return }
        record(at: now, into: &effects)
        commit(through: min(forward.committed, log.last), &effects)
    }

    /// The last entry that may leave for the successor now, but for the pace.
    var forwardable: UInt64 {
        guard let link else { return 0 }
        let limit = settings.forwarding == .atOnce ? log.last : counted
        guard link.successor == configuration.joiner else { return limit }
        return min(limit, link.received + UInt64(settings.catchUpWindow))
    }

    /// Sends the successor what it does not have, batch by batch, and what it has to know besides.
    mutating func forward(at now: Moment, into effects: inout Effects<ChainNode>) {
        guard link != nil, isAttached else { return }
        if let sent = link?.sent, log.epoch(at: sent) == nil { beginImage(at: now, &effects) }
        guard link?.image == nil else { return }
        while let link, link.sent < forwardable {
            let count = log.count(
                after: link.sent, through: forwardable, most: settings.batch,
                bytes: settings.batchBytes)
            let isFull = count == settings.batch || link.sent + UInt64(count) < forwardable
            if !isFull, now < link.paceUntil, !link.isOwed { break }
            send(log.entries(after: link.sent, most: count), asks: false, at: now, &effects)
        }
        guard let link else { return }
        // A joiner's durability is asked for, so it need not know that of the others.
        let isNews = chainDurable > link.told && link.successor != configuration.joiner
        let waits = link.sent < forwardable
        if link.isOwed || (isNews && !waits && min(chainDurable, link.sent) > link.told) {
            send([], asks: false, at: now, &effects)
        }
    }

    /// Sends entries that follow on what was sent.
    private mutating func send(
        _ entries: [ChainEntry], asks: Bool, at now: Moment, _ effects: inout Effects<ChainNode>
    ) {
        guard var link, let epoch = log.epoch(at: link.sent) else { return }
        let forward = ChainForward(
            epoch: configuration.epoch, previous: link.sent, previousEpoch: epoch,
            entries: entries, durable: chainDurable, committed: committed, asks: asks)
        effects.send(message(.forward(forward)), to: link.successor.node)
        if !isWaiting(on: link) { link.askAt = now + settings.resend }
        link.sent += UInt64(entries.count)
        link.told = chainDurable
        link.isOwed = false
        if !entries.isEmpty { link.paceUntil = now + settings.batchDelay }
        self.link = link
        if settings.has(.trimmedBeforeAcknowledged), !isTail {
            commit(through: link.sent, &effects)
        }
    }

    /// Whether something that was sent has not had its effect yet.
    func isWaiting(on link: ChainLink) -> Bool {
        if !link.hasAnswered || link.image != nil { return true }
        return link.successor == configuration.joiner
            ? link.durable < link.sent : committed < link.sent
    }

    /// Asks the successor how far it is, where nothing has come of what was sent: one message a period,
    /// whatever there is to repeat.
    mutating func askSuccessor(at now: Moment, into effects: inout Effects<ChainNode>) {
        guard isActive, let link, isWaiting(on: link), now >= link.askAt else { return }
        self.link?.silentSince = link.silentSince ?? now
        self.link?.askAt = now + settings.resend
        if link.image != nil { return sendPart(&effects) }
        send([], asks: true, at: now, &effects)
    }
}
