import StateMachines

// How a leader brings its log to the others (paper §5.3), in batches that follow each other without
// waiting (thesis §10.2.2).
extension QuorumNode {
    /// Sends everybody what it lacks, as far as its window goes.
    mutating func replicate(at now: Moment, into effects: inout Effects<Self>) {
        for place in leading.peers.indices where leading[place].member != member {
            replicate(to: place, into: &effects)
        }
    }

    /// Sends a peer what it lacks, as far as its window goes.
    mutating func replicate(to place: Int, into effects: inout Effects<Self>) {
        switch leading[place].mode {
        case .installing: break
        case .probing(let isWaiting):
            if !isWaiting { sendEntries(to: place, into: &effects) }
        case .replicating:
            while leading[place].next <= log.lastIndex, leading[place].mode == .replicating,
                leading[place].hasRoom(window: settings.window, bytes: settings.windowBytes)
            {
                sendEntries(to: place, into: &effects)
            }
        }
    }

    /// Sends a peer one message with the next entries, or with none to see whether it has what
    /// precedes them; a snapshot where that is gone here.
    mutating func sendEntries(
        to place: Int, empty: Bool = false, into effects: inout Effects<Self>
    ) {
        let next = leading[place].next
        guard let previousTerm = log.term(at: next - 1) else {
            return beginSnapshot(to: place, into: &effects)
        }
        let entries = empty || next > log.lastIndex ? [] : batch(from: next)
        leading[place].toldCommit = log.commit
        let append = QuorumMessage.Append(
            previousIndex: next - 1, previousTerm: previousTerm, entries: entries,
            commit: log.commit, round: leading.round)
        send(.append(append), to: leading[place].member, into: &effects)
        if case .probing = leading[place].mode {
            leading[place].mode = .probing(isWaiting: true)
        } else if !entries.isEmpty {
            leading[place].sends(
                through: next + UInt64(entries.count) - 1,
                bytes: entries.reduce(0) { $0 + $1.size })
        }
    }

    /// The entries from a place on that go into one message. Members that are equally far share the
    /// array.
    private mutating func batch(from first: UInt64) -> [QuorumEntry] {
        if lastBatch.first == first, lastBatch.last == log.lastIndex, !lastBatch.entries.isEmpty,
            lastBatch.entries.last?.term == log.lastTerm
        {
            return lastBatch.entries
        }
        let entries = log.entries(from: first, bytes: settings.batchBytes)
        lastBatch = (first, log.lastIndex, entries)
        return entries
    }

    /// Takes an answer to a leader's message.
    mutating func hear(
        _ body: QuorumMessage.Body, from sender: QuorumMember, at now: Moment,
        into effects: inout Effects<Self>
    ) {
        guard role == .leader else { return ignored.unexpected += 1 }
        guard let place = leading.place(of: sender) else { return ignored.unknownSender += 1 }
        guard body.round <= leading.round else { return ignored.impossible += 1 }
        leading[place].heard = max(leading[place].heard, now)
        leading[place].round = max(leading[place].round, body.round)
        switch body {
        case .appended(let matched, _): takeMatch(matched, from: place, at: now, into: &effects)
        case .unmatched(let refusal): takeRefusal(refusal, from: place, into: &effects)
        case .snapshotReceived(let index, let count, _):
            takeReceipt(ofSnapshot: index, count: count, from: place, into: &effects)
        default: break
        }
        // The answer may have ended the leadership: its removal from the membership was committed.
        if role == .leader { confirmRounds(at: now, into: &effects) }
    }

    private mutating func takeMatch(
        _ matched: UInt64, from place: Int, at now: Moment, into effects: inout Effects<Self>
    ) {
        guard matched <= log.lastIndex else { return ignored.impossible += 1 }
        let isNews = leading[place].acknowledges(through: matched)
        switch leading[place].mode {
        case .probing:
            leading[place].probe(from: leading[place].match + 1)
            leading[place].mode = .replicating
        case .installing:
            guard let snapshot = leading[place].snapshot, matched >= snapshot.index else { break }
            leading[place].probe(from: matched + 1)
            leading[place].mode = .replicating
        case .replicating: break
        }
        if isNews, leading.isVoter(place), matched > log.commit {
            let member = leading[place].member
            commitWhatIsReached(at: now, into: &effects)
            // The commit may have changed who is where, or ended the leadership.
            guard role == .leader, let place = leading.place(of: member) else { return }
            handOver(to: place, into: &effects)
            return replicate(to: place, into: &effects)
        }
        handOver(to: place, into: &effects)
        replicate(to: place, into: &effects)
    }

    /// Goes back to where the logs may agree. A refusal of what was sent before that is not news.
    private mutating func takeRefusal(
        _ refusal: QuorumMessage.Unmatched, from place: Int, into effects: inout Effects<Self>
    ) {
        let peer = leading[place]
        switch peer.mode {
        case .installing: return
        case .replicating:
            guard refusal.previousIndex > peer.match else { return }
            leading[place].probe(from: peer.match + 1)
        case .probing:
            guard refusal.previousIndex == peer.next - 1 else { return }
            // The last place that may agree, first by the follower's terms, then by the leader's.
            let hint = min(refusal.hintIndex, log.lastIndex, refusal.previousIndex)
            let agreed = log.lastPlace(notAfter: hint, termAtMost: refusal.hintTerm)
            // Before the base there are no entries to compare: a snapshot follows.
            let next = max(peer.match, agreed?.index ?? min(hint, max(1, log.base.index) - 1)) + 1
            // Terms lead strictly back, down to what the follower has acknowledged; one that
            // refuses that has lost it, and is not asked again and again.
            guard next < peer.next else { return ignored.impossible += 1 }
            leading[place].probe(from: next)
        }
        replicate(to: place, into: &effects)
    }
}
