import StateMachines

/// Epochs: leaving one, entering the next, and taking up with the neighbours there.
extension ChainReplica {
    /// Takes part in a configuration that was decided, if it is later than what this node knows.
    mutating func learn(
        _ next: ChainConfiguration, at now: Moment, into effects: inout Effects<ChainNode>
    ) {
        guard next.epoch > configuration.epoch else { return }
        leave(into: &effects)
        let was = role
        configuration = next
        if let place = next.place(of: member) {
            role = .member(place: place)
        } else {
            role = next.joiner == member ? .joiner : .outside
        }
        if role == .outside {
            entering = nil
            if was != .outside { effects.report(.left(epoch: next.epoch)) }
        } else {
            // A head that forgot the epoch in which it numbered entries would number others alike.
            entering = store(.entered(next), at: now, &effects)
        }
        // The lease goes on where the wardens see at once that this node follows.
        heartbeatAt = now
    }

    /// Gives up what belongs to the epoch that ends.
    private mutating func leave(into effects: inout Effects<ChainNode>) {
        for request in reads.removeAll() { answer(request, .redirected(nil), &effects) }
        isAttached = false
        upstreamDurable = 0
        owesAnswer = false
        missReported = nil
        (helloAt, helloSince) = (nil, nil)
        (link, arriving, waitingHello) = (nil, nil, nil)
        (waitsForJoiner, hasPromised) = (false, false)
        uncommitted = UncommittedRequests()
    }

    /// Begins to act in the configuration, now that its record is durable.
    mutating func activate(at now: Moment, into effects: inout Effects<ChainNode>) {
        told = ChainAcknowledgement(
            epoch: configuration.epoch, received: 0, durable: 0, committed: 0, misses: false)
        effects.report(.entered(configuration))
        if isHead {
            isAttached = true
            upstreamDurable = .max
            rebuildUncommitted()
        } else {
            helloSince = now
            sayHello(at: now, into: &effects)
        }
    }

    /// Tells the predecessor where this node stands, until it answers.
    mutating func sayHello(at now: Moment, into effects: inout Effects<ChainNode>) {
        guard isActive, !isAttached, let upstream else { return helloAt = nil }
        helloAt = now + settings.resend
        let hello = ChainHello(
            epoch: configuration.epoch, base: log.base, baseEpoch: log.baseEpoch, last: log.last,
            runs: log.runs)
        effects.send(message(.hello(hello)), to: upstream.node)
    }

    /// Takes up with the node behind, or as soon as this one knows itself what stays of its log.
    mutating func take(
        _ hello: ChainHello, at now: Moment, _ effects: inout Effects<ChainNode>
    ) {
        guard isAttached else { return waitingHello = hello }
        // One that has answered is attached; this hello was under way for long.
        if let link, link.hasAnswered { return }
        // Parts of a state are repeated until it has them.
        if link?.image != nil { return }
        guard let successor = downstream else { return }
        let agreed = log.agreement(
            base: hello.base, epoch: hello.baseEpoch, last: hello.last, runs: hello.runs)
        // Below the base there is nothing to send: `forward` gives an image then.
        let start = settings.has(.inFlightNotResent) ? log.last : agreed ?? 0
        link = ChainLink(to: successor, from: start, at: now, resend: settings.resend)
    }

    /// Attaches this node behind its predecessor: what it has beyond what they share is dropped. Says
    /// whether that went.
    ///
    /// What is dropped was not committed: committed entries are durable on every member, so the
    /// predecessor has them, and all before it.
    mutating func attach(
        _ forward: ChainForward, at now: Moment, _ effects: inout Effects<ChainNode>
    ) -> Bool {
        if !settings.has(.inFlightNotResent) {
            guard log.epoch(at: forward.previous) == forward.previousEpoch else { return false }
            var shared = forward.previous
            for entry in forward.entries {
                guard log.epoch(at: shared + 1) == entry.epoch else { break }
                shared += 1
            }
            guard shared >= committed else { return false }
            if shared < log.last, !settings.has(.divergentTailKept) {
                truncate(to: shared, at: now, &effects)
            }
        }
        becomeAttached(at: now, &effects)
        return true
    }

    mutating func becomeAttached(at now: Moment, _ effects: inout Effects<ChainNode>) {
        isAttached = true
        owesAnswer = true
        (helloAt, helloSince) = (nil, nil)
        guard let hello = waitingHello else { return }
        waitingHello = nil
        take(hello, at: now, &effects)
    }

    private mutating func truncate(
        to place: UInt64, at now: Moment, _ effects: inout Effects<ChainNode>
    ) {
        log.truncate(to: place)
        disk.truncated(after: place)
        store(.truncated(to: place), at: now, &effects)
        rebuildDirty()
    }
}
