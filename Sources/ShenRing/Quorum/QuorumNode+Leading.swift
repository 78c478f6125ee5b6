import StateMachines

// What a leader does by itself: its first entry, its heartbeats, its commits (paper §5.3, §5.4).
extension QuorumNode {
    /// Becomes leader, and puts an entry of its term into the log: only by committing it does it
    /// learn what else is committed (paper §5.4.2, §8).
    mutating func lead(at now: Moment, into effects: inout Effects<Self>) {
        role = .leader
        leaderMember = member
        leaderHeard = nil
        candidacies = 0
        ballots.removeAll()
        campaign = nil
        leading = Leadership(firstIndex: log.lastIndex + 1, now: now + settings.heartbeat)
        var index = log.commit + 1
        while index <= log.lastIndex {
            let entry = log[index]
            leading.uncommittedBytes += entry.size
            if case .request(let request) = entry.payload { leading.underWay.insert(request.id) }
            index += 1
        }
        adoptMembership(at: now)
        reportRole(into: &effects)
        leading.beginRound(at: now, own: member)
        append(.noop, into: &effects)
        let reads = followerReads.waiting + followerReads.asked
        followerReads.waiting.removeAll()
        followerReads.asked.removeAll()
        followerReads.deadline = nil
        for read in reads { self.read(read, at: now, into: &effects) }
        replicate(at: now, into: &effects)
    }

    /// Counts by the membership in force.
    mutating func adoptMembership(at now: Moment) {
        leading.adopt(
            log.membership, countingLearners: has(.countsLearners), next: log.lastIndex + 1,
            at: now)
        guard let place = leading.place(of: member) else { return }
        leading[place].match = durable.last
        leading[place].round = leading.round
    }

    /// Tells those who wait for this leader that it leads no more.
    mutating func stopLeading(isLaterTerm: Bool, into effects: inout Effects<Self>) {
        let ended = leading
        leading = Leadership()
        var reads = ended.earlyReads
        var queue = ended.reads
        while let read = queue.removeFirst() { reads.append(read.read) }
        for read in reads { refuse(read, into: &effects) }
        if ended.transfer != nil { effects.report(.transferEnded(isDone: isLaterTerm)) }
    }

    /// Appends an entry of this term, and has it stored.
    mutating func append(
        _ payload: QuorumEntry.Payload, into effects: inout Effects<Self>
    ) {
        enter(payload)
        record(into: &effects)
    }

    /// Appends an entry of this term, to be stored by `record`.
    mutating func enter(_ payload: QuorumEntry.Payload) {
        let entry = QuorumEntry(term: term, payload)
        log.append(entry)
        leading.uncommittedBytes += entry.size
        unrecorded += 1
    }

    /// Has the entries stored that are in no record yet, in one; they count when they are durable here.
    mutating func record(into effects: inout Effects<Self>) {
        guard unrecorded > 0 else { return }
        let first = log.lastIndex + 1 - UInt64(unrecorded)
        unrecorded = 0
        let entries = log.entries(from: first, bytes: .max)
        let position = effects.store(.append(first: first, entries))
        durable.wrote(through: log.lastIndex, at: position)
        if has(.countsItselfBeforeStored), let place = leading.place(of: member) {
            leading[place].match = log.lastIndex
        }
    }

    /// The leader's own entries count once they are durable, like everybody's (thesis §10.2.1).
    mutating func countOwnEntries(at now: Moment, into effects: inout Effects<Self>) {
        guard let place = leading.place(of: member), durable.last > leading[place].match else {
            return
        }
        leading[place].match = durable.last
        commitWhatIsReached(at: now, into: &effects)
    }

    /// Commits what a majority has, where its last entry is of this term (paper §5.4.2).
    mutating func commitWhatIsReached(at now: Moment, into effects: inout Effects<Self>) {
        let reached = leading.reached { $0.match }
        guard reached > log.commit, reached <= log.lastIndex else { return }
        guard log.term(at: reached) == term || has(.commitsEarlierTerms) else { return }
        let isFirst = log.commit < leading.firstIndex
        apply(through: reached, at: now, into: &effects)
        if isFirst, log.commit >= leading.firstIndex || has(.commitsEarlierTerms) {
            startEarlyReads(at: now, into: &effects)
        }
        goOnChanging(at: now, into: &effects)
        if role == .leader, settings.announcesCommits { announceCommit(into: &effects) }
    }

    /// Tells those with nothing under way how far the log is committed.
    private mutating func announceCommit(into effects: inout Effects<Self>) {
        for place in leading.peers.indices where leading[place].member != member {
            let peer = leading[place]
            let commit = min(peer.match, log.commit)
            guard peer.mode == .replicating, !peer.hasUnderWay, peer.toldCommit < commit else {
                continue
            }
            beat(place, into: &effects)
        }
    }

    /// Begins a round with everybody, and steps down where no majority was heard for an election
    /// timeout (thesis §6.2).
    mutating func beat(at now: Moment, into effects: inout Effects<Self>) {
        leading.heartbeatDeadline = now + settings.heartbeat
        leading.beginRound(at: now, own: member)
        let heard = leading.reached { UInt64(max(0, $0.heard.nanoseconds)) }
        if now.nanoseconds - Int64(clamping: heard) > settings.electionTimeout.nanoseconds {
            return follow(nil, inTerm: term, at: now, into: &effects)
        }
        for place in leading.peers.indices where leading[place].member != member {
            beatOrProbe(place, into: &effects)
        }
        confirmRounds(at: now, into: &effects)
    }

    /// What a peer gets at a heartbeat: something that it answers, and that finds out what was
    /// lost.
    private mutating func beatOrProbe(_ place: Int, into effects: inout Effects<Self>) {
        switch leading[place].mode {
        case .installing:
            sendPart(to: place, into: &effects)
        case .probing:
            leading[place].mode = .probing(isWaiting: false)
            sendEntries(to: place, empty: true, into: &effects)
        case .replicating:
            let isStill = leading[place].matchAtHeartbeat == leading[place].match
            leading[place].matchAtHeartbeat = leading[place].match
            if isStill, leading[place].hasUnderWay {
                sendEntries(to: place, empty: true, into: &effects)
            } else {
                beat(place, into: &effects)
            }
        }
    }

    /// Sends a heartbeat to one peer.
    mutating func beat(_ place: Int, into effects: inout Effects<Self>) {
        let commit = min(leading[place].match, log.commit)
        leading[place].toldCommit = max(leading[place].toldCommit, commit)
        send(
            .heartbeat(commit: commit, round: leading.round), to: leading[place].member,
            into: &effects)
    }
}
