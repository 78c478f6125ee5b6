public import StateMachines

extension Sundial {
    /// Takes its first incarnation, and begins as soon as that is durable where it has to be.
    public mutating func start(at now: Moment, into effects: inout Effects<Self>) {
        raise(to: formerIncarnation + 1, at: now, into: &effects)
    }

    /// Merges what a message says and answers it; refuses what cannot be. O(updates), O(places) for a
    /// table and a digest.
    public mutating func receive(
        _ message: Message, from sender: NodeID, at now: Moment, into effects: inout Effects<Self>
    ) {
        if let refusal = refusal(of: message, from: sender) {
            counts.refuse(refusal)
            return
        }
        guard stage != .starting else { return }
        guard stage != .gone else {
            answerAsGone(message, to: sender, at: now, into: &effects)
            return
        }
        noticePause(at: now, into: &effects)
        if let isDeafUntil {
            guard now >= isDeafUntil else { return }
            self.isDeafUntil = nil
        }
        let isNews = if case .welcome = message.body { false } else { true }
        // One that left still answers; it is not remembered anew each time.
        if !message.sender.isRunning, !table[sender].isKnown { return }
        take(
            MemberUpdate(sender, message.sender), from: sender, isNews: true, at: now,
            into: &effects)
        if message.updates.count(where: tellsAnything) > 0 {
            for update in message.updates where tellsAnything(update) {
                take(update, from: sender, isNews: isNews, at: now, into: &effects)
            }
        }
        let isAnswered = answer(message, to: sender, at: now, into: &effects)
        correct(sender, who: message, isAnswered: isAnswered, at: now, into: &effects)
    }

    /// Leaves, comes back, or tells something new; ignores what does not fit the stage of its life.
    public mutating func handle(
        _ request: Request, at now: Moment, into effects: inout Effects<Self>
    ) {
        switch request {
        case .leave: leave(at: now, into: &effects)
        case .rejoin: rejoin(at: now, into: &effects)
        case .renew:
            guard stage == .member else { return }
            raise(to: ownState.incarnation + 1, at: now, into: &effects)
        }
    }

    /// Probes, nacks, buries, forgets and gossips, as is due.
    public mutating func wake(at now: Moment, into effects: inout Effects<Self>) {
        noticePause(at: now, into: &effects)
        probeIfDue(at: now, into: &effects)
        relayIfDue(at: now, into: &effects)
        while let expired = suspicions.takeExpired(at: now) {
            declareDead(expired.node, incarnation: expired.incarnation, at: now, into: &effects)
        }
        while let node = tombstones.takeExpired(at: now) {
            table.set(.unknown, of: node)
            effects.report(.changed(node, .unknown))
        }
        if let due = nextRound, due <= now { gossip(at: now, into: &effects) }
    }

    /// Goes by the incarnation whose record is durable now.
    public mutating func stored(
        through position: RecordPosition, at now: Moment, into effects: inout Effects<Self>
    ) {
        guard let pending, pending.position <= position else { return }
        self.pending = nil
        announce(pending.incarnation, at: now, into: &effects)
    }

    /// When anything is due; nil before its incarnation is durable, and after it has left.
    public var deadline: Moment? {
        guard stage != .starting, stage != .gone else { return nil }
        var earliest = nextRound
        for moment in [nextProbe, probe?.helpersDue, suspicions.next, tombstones.next] {
            guard let moment else { continue }
            earliest = min(earliest ?? moment, moment)
        }
        for relay in relays { earliest = min(earliest ?? relay.due, relay.due) }
        return earliest
    }

    /// Whether an update is anything but what the node holds already, or an accusation, which counts each
    /// time. Most updates are neither.
    ///
    /// Of all updates of a message this is asked at once, before any is taken: where the table is large each
    /// answer is a miss of the caches, and a processor waits for several of them together in a loop as
    /// small as this.
    @inline(__always)
    private func tellsAnything(_ update: MemberUpdate) -> Bool {
        table[update.member] != update.state || update.state.isSuspect
    }

    /// What is wrong with a message; nil where it may be taken.
    private func refusal(of message: Message, from sender: NodeID) -> SundialCounts.Refusal? {
        guard message.version <= SundialMessage.currentVersion else { return .laterVersion }
        guard message.cluster == settings.cluster else { return .otherCluster }
        guard sender.place < settings.capacity, sender != node else { return .impossibleNode }
        guard isPossible(message.sender), message.sender.status != .suspect,
            message.sender.status != .dead
        else { return .malformed }
        for update in message.updates {
            guard update.member.place < settings.capacity else { return .impossibleNode }
            guard isPossible(update.state) else { return .malformed }
        }
        return isWellFormed(message) ? nil : .malformed
    }

    private func isPossible(_ state: MemberState) -> Bool {
        (1...MemberState.mostIncarnations).contains(state.incarnation)
    }

    private func isWellFormed(_ message: Message) -> Bool {
        let most = SundialMessage.mostUpdates
        switch message.body {
        case .table(let states, let heartbeats, _):
            return settings.countsHeartbeats && states.count == heartbeats.count
                && states.count <= settings.capacity && message.updates.count <= states.count
                && states.allSatisfy { $0.incarnation <= MemberState.mostIncarnations }
        case .digest(let digest):
            return digest.range(capacity: settings.capacity) != nil
                && message.updates.count <= most
        case .part(let low, let high, _):
            return low < high && high - low <= UInt32(TableDigest.leaf)
                && message.updates.count <= most
        case .pingRequest(_, let target):
            return target.place < settings.capacity && message.updates.count <= most
        case .ping, .ack, .nack, .gossip, .correction, .join, .welcome:
            return message.updates.count <= most
        }
    }
}
