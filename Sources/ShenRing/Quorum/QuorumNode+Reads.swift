import StateMachines

// Reads that see everything which was done before they began (thesis §6.4): at the leader by a
// round that a majority answers or by a lease, at followers by asking the leader for an index.
extension QuorumNode {
    /// Takes a read of this node's application, of a client, or of a follower.
    mutating func read(
        _ read: WaitingRead, at now: Moment, into effects: inout Effects<Self>
    ) {
        guard role == .leader else { return readAsFollower(read, at: now, into: &effects) }
        guard leading.reads.count + leading.earlyReads.count < settings.waitingReads else {
            return refuse(read, .overloaded, into: &effects)
        }
        // Until an entry of its term is committed, a leader does not know what is (thesis §6.4).
        guard log.commit >= leading.firstIndex || has(.readsBeforeTermCommit) else {
            return leading.earlyReads.append(read)
        }
        if hasLease(at: now) || has(.readsWithoutQuorum) {
            return finish(read, at: log.commit, into: &effects)
        }
        let round = leading.round + 1
        // One round is out for reads at a time; the next one takes all that came meanwhile.
        let isRoundOut = leading.reads.last != nil
        leading.reads.append(
            Leadership.Read(read: read, index: log.commit, round: round))
        if !isRoundOut { askVoters(at: now, into: &effects) }
    }

    /// Whether nobody else can have been elected yet.
    func hasLease(at now: Moment) -> Bool {
        guard settings.reads == .lease, let confirmedAt = leading.confirmedAt else { return false }
        guard !leading.isLeaseGone || has(.keepsLeaseInTransfer) else { return false }
        let span = has(.leasesTooLong) ? settings.electionTimeout * 6 : settings.leaseSpan
        return now - confirmedAt < span
    }

    /// Begins a round with those who count.
    private mutating func askVoters(at now: Moment, into effects: inout Effects<Self>) {
        leading.beginRound(at: now, own: member)
        for place in leading.peers.indices
        where leading[place].member != member && leading.isVoter(place) {
            beat(place, into: &effects)
        }
        confirmRounds(at: now, into: &effects)
    }

    /// Answers the reads whose round a majority has answered, and begins a round for the rest.
    mutating func confirmRounds(at now: Moment, into effects: inout Effects<Self>) {
        guard leading.confirm() else { return }
        while let first = leading.reads.first, first.round <= leading.confirmed {
            _ = leading.reads.removeFirst()
            finish(first.read, at: first.index, into: &effects)
        }
        if let last = leading.reads.last, last.round > leading.round {
            askVoters(at: now, into: &effects)
        }
    }

    /// Starts the reads that waited for the first commit of the term.
    mutating func startEarlyReads(at now: Moment, into effects: inout Effects<Self>) {
        let reads = leading.earlyReads
        leading.earlyReads.removeAll()
        for read in reads { self.read(read, at: now, into: &effects) }
    }

    /// Answers a read from what is applied, which is as far as `index` at least.
    private mutating func finish(
        _ read: WaitingRead, at index: UInt64, into effects: inout Effects<Self>
    ) {
        switch read {
        case .client(let request):
            answer(request, .value(keyed.value(of: request.key)?.value), into: &effects)
        case .application(let token):
            effects.report(.readable(token: token, index: index))
        case .follower(let follower, let ticket):
            send(.readIndexReply(ticket: ticket, index: index), to: follower, into: &effects)
        }
    }

    /// Tells who waits for a read that it is not answered here.
    mutating func refuse(
        _ read: WaitingRead, _ refusal: QuorumRefusal? = nil, into effects: inout Effects<Self>
    ) {
        switch read {
        case .client(let request):
            let outcome: RequestOutcome =
                refusal == .overloaded ? .overloaded : .redirected(leader)
            answer(request, outcome, into: &effects)
        case .application(let token):
            effects.report(.refused(token: token, refusal ?? .notLeading(leader)))
        case .follower(let follower, let ticket):
            send(.readIndexReply(ticket: ticket, index: nil), to: follower, into: &effects)
        }
    }
}

// At followers.
extension QuorumNode {
    private mutating func readAsFollower(
        _ read: WaitingRead, at now: Moment, into effects: inout Effects<Self>
    ) {
        guard settings.servesFollowerReads, leaderMember != nil else {
            return refuse(read, into: &effects)
        }
        guard followerReads.count < settings.waitingReads else {
            return refuse(read, .overloaded, into: &effects)
        }
        followerReads.waiting.append(read)
        if followerReads.asked.isEmpty { askForReadIndex(at: now, into: &effects) }
    }

    /// Asks the leader for an index for all reads that have none; also for those of a ticket that
    /// was not answered.
    mutating func askForReadIndex(at now: Moment, into effects: inout Effects<Self>) {
        guard let leaderMember else { return refuseFollowerReads(into: &effects) }
        followerReads.asked += followerReads.waiting
        followerReads.waiting.removeAll(keepingCapacity: true)
        followerReads.ticket += 1
        followerReads.deadline = now + settings.electionTimeout
        send(.readIndex(ticket: followerReads.ticket), to: leaderMember, into: &effects)
    }

    mutating func takeReadIndex(
        _ index: UInt64?, ticket: UInt64, at now: Moment, into effects: inout Effects<Self>
    ) {
        guard role == .follower, ticket == followerReads.ticket, !followerReads.asked.isEmpty else {
            return ignored.unexpected += 1
        }
        let reads = followerReads.asked
        followerReads.asked.removeAll(keepingCapacity: true)
        followerReads.deadline = nil
        for read in reads {
            if let index {
                followerReads.unapplied.append((index, read))
            } else {
                refuse(read, into: &effects)
            }
        }
        if let index { apply(through: min(index, verified), at: now, into: &effects) }
        answerAppliedReads(into: &effects)
        if !followerReads.waiting.isEmpty { askForReadIndex(at: now, into: &effects) }
    }

    /// Answers the reads whose index is applied.
    mutating func answerAppliedReads(into effects: inout Effects<Self>) {
        while let first = followerReads.unapplied.first,
            first.index <= keyed.applied || has(.readsBeforeApplied)
        {
            _ = followerReads.unapplied.removeFirst()
            finish(first.read, at: first.index, into: &effects)
        }
    }

    /// Sends the reads that have no index away: there is no leader to ask.
    mutating func refuseFollowerReads(into effects: inout Effects<Self>) {
        let reads = followerReads.asked + followerReads.waiting
        followerReads.asked.removeAll()
        followerReads.waiting.removeAll()
        followerReads.deadline = nil
        for read in reads { refuse(read, into: &effects) }
    }
}
