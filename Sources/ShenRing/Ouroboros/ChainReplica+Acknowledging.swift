import StateMachines

/// The way back: what the tail commits, and how those before it learn of it.
extension ChainReplica {
    /// Waits for the joiner once it has nearly everything, and then promises the wardens to go on so.
    ///
    /// From when it waits, the tail commits nothing that the joiner has not durable; it does so before it
    /// promises, for under a steady load the joiner would else be behind by a round trip for ever. It
    /// promises when the joiner has all that was committed before. From then to the end of the epoch
    /// whatever the tail commits, the joiner has. So the wardens may make it a member at any time, and
    /// though the tail may not hear of that, nothing that it commits meanwhile is missing from the new one.
    mutating func promiseJoiner(at now: Moment, into effects: inout Effects<ChainNode>) {
        guard !hasPromised, isTail, isAttached, let link, link.hasAnswered,
            link.successor == configuration.joiner
        else { return }
        if link.durable <= log.last, log.last - link.durable <= UInt64(settings.batch) {
            waitsForJoiner = true
        }
        guard waitsForJoiner, link.durable >= committed || settings.has(.joinerNotWaitedFor) else {
            return
        }
        hasPromised = true
        heartbeatAt = now
    }

    /// Commits what is durable on every member (van Renesse and Schneider 2004, §3: what the tail has,
    /// all have).
    mutating func commitAsTail(into effects: inout Effects<ChainNode>) {
        var reached = chainDurable
        if waitsForJoiner, !settings.has(.joinerNotWaitedFor) {
            reached = min(reached, link?.durable ?? committed)
        }
        commit(through: reached, &effects)
    }

    /// Takes what the successor says of itself.
    mutating func take(
        _ acknowledgement: ChainAcknowledgement, at now: Moment,
        _ effects: inout Effects<ChainNode>
    ) {
        guard var link else { return }
        let progresses =
            !link.hasAnswered || acknowledgement.durable > link.durable
            || acknowledgement.committed > committed || acknowledgement.received > link.received
        link.hasAnswered = true
        link.silentSince = nil
        link.received = max(link.received, min(acknowledgement.received, log.last))
        if let image = link.image, link.received >= image.applied { link.image = nil }
        link.durable = max(link.durable, min(acknowledgement.durable, log.last))
        if progresses { link.askAt = now + settings.resend }
        // Who is being given a state misses what is in it; what follows on that leaves behind it.
        if acknowledgement.misses, acknowledgement.received < link.sent, link.image == nil {
            let repeated = link.repeatedFrom
            let isRepeated =
                repeated?.index == acknowledgement.received
                && now - (repeated?.at ?? now) < settings.resend
            if !isRepeated {
                link.sent = acknowledgement.received
                link.repeatedFrom = (link.sent, now)
            }
        }
        self.link = link
        // A member knows what is committed from those behind it; the tail is told nothing by a joiner.
        if !isTail { commit(through: min(acknowledgement.committed, log.last), &effects) }
    }

    /// Tells the predecessor how far this node is, where that is more than it was told: what is
    /// committed, and of a joiner what is durable.
    mutating func acknowledge(into effects: inout Effects<ChainNode>) {
        guard isAttached, let upstream else { return }
        let grew = role == .joiner ? durable > told.durable : committed > told.committed
        guard grew || owesAnswer else { return }
        told = ChainAcknowledgement(
            epoch: configuration.epoch, received: log.last, durable: durable,
            committed: committed, misses: missReported == log.last)
        owesAnswer = false
        effects.send(message(.acknowledgement(told)), to: upstream.node)
    }

    /// Applies entries that are committed, and answers their clients where that is this node's part.
    mutating func commit(through index: UInt64, _ effects: inout Effects<ChainNode>) {
        let end = min(index, log.last)
        guard end > committed else { return }
        let first = committed + 1
        firstCommitted = firstCommitted ?? first
        let answers =
            settings.answering == .byTail ? isTail : isHead
        while committed < end {
            let request = log[committed + 1].request
            let outcome = applyNext()
            if answers, role != .joiner { answer(request, outcome, &effects) }
            if isHead { uncommitted.remove(request) }
        }
        effects.report(.committed(from: first, through: end))
    }

    /// Applies the next entry.
    @discardableResult
    mutating func applyNext() -> RequestOutcome {
        let index = committed + 1
        var request = log[index].request
        compactionDue.applied(bytes: request.size)
        if dirty[request.key] == index { dirty[request.key] = nil }
        if settings.has(.retryAppliedAgain) {
            request = ClientRequest(
                id: RequestID(client: request.id.client, number: index), oldest: index,
                key: request.key, operation: request.operation)
        }
        return state.apply(request, at: index)
    }

    func isDirty(_ key: UInt64) -> Bool { dirty[key] != nil }

    mutating func markDirty(_ entry: ChainEntry, at index: UInt64) {
        dirty[entry.request.key] = index
    }

    /// Notes which keys uncommitted entries write. O(uncommitted); once an epoch at most.
    mutating func rebuildDirty() {
        dirty = [:]
        guard committed < log.last else { return }
        for index in committed + 1...log.last { markDirty(log[index], at: index) }
    }

    /// Notes which requests are in the log and not committed, at a new head.
    mutating func rebuildUncommitted() {
        guard committed < log.last else { return }
        for index in committed + 1...log.last { uncommitted.insert(log[index].request) }
    }

    /// Drops entries that are in the state, once there are many.
    mutating func compact(at now: Moment, into effects: inout Effects<ChainNode>) {
        let rule = settings.compaction
        guard !keepsEntries, committed > log.base, compactionDue.isReached(rule),
            let epoch = log.epoch(at: committed)
        else { return }
        compactionDue = CompactionDue()
        store(.compacted(state, epoch: epoch), at: now, &effects)
        let kept = rule.kept(of: Int(committed - log.base)) {
            log[committed - UInt64($0)].request.size
        }
        // Who is being given a state needs what follows on it.
        let needed = min(link?.image?.applied ?? committed, (firstCommitted ?? .max) - 1)
        log.compact(through: min(committed - UInt64(kept), needed))
        effects.report(.compacted(through: committed))
    }
}
