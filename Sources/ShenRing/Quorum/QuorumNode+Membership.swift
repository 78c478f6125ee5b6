import StateMachines

// Changes of membership by joint consensus (paper §6), and of the leader (thesis §3.10).
extension QuorumNode {
    /// Leads the cluster to another membership, one change at a time.
    mutating func change(
        to target: QuorumMembership, token: UInt64, at now: Moment,
        into effects: inout Effects<Self>
    ) {
        if let refusal = refusalOfEntries ?? refusal(of: target) {
            return effects.report(.refused(token: token, refusal))
        }
        appendChange(to: target, into: &effects)
        effects.report(.proposed(token: token, index: log.lastIndex, term: term))
        putInForce(at: now, into: &effects)
    }

    /// Puts the first step towards a membership into the log.
    private mutating func appendChange(
        to target: QuorumMembership, into effects: inout Effects<Self>
    ) {
        let current = log.membership
        let isPlain = target.voters == current.voters || has(.changesWithoutJoint)
        let next = isPlain ? target.settled : current.joint(with: target)
        append(.configuration(next), into: &effects)
    }

    /// Asks to be let in, and again after a heartbeat's time, until it votes: whoever leads may have changed,
    /// and a learner becomes a voter by asking once it has caught up.
    mutating func askToBeLetIn(at now: Moment, into effects: inout Effects<Self>) {
        guard !log.membership.isVoter(member) else { return joinDeadline = nil }
        joinDeadline = now + settings.heartbeat
        // A member is a disk: it says nothing as one before the disk has its name.
        guard promisePosition <= storedPosition else { return }
        for contact in settings.contacts where contact != id {
            send(.join, to: QuorumMember(contact), into: &effects)
        }
    }

    /// Lets in who asks for it, if this node leads: as a learner, in place of one on an earlier disk of the same
    /// node, and as a voter once that has caught up. Who cannot be let in now asks again.
    ///
    /// A voter whose disk was lost is not replaced by the asking of another disk: that is the application's to
    /// decide.
    mutating func admit(
        _ asking: QuorumMember, at now: Moment, into effects: inout Effects<Self>
    ) {
        guard settings.admitted.contains(asking.node), asking.node != id else {
            return ignored.unknownSender += 1
        }
        let current = log.membership
        guard role == .leader,
            !(current.voters + current.outgoing).contains(where: { $0.node == asking.node })
        else { return }
        let isLearner = current.learners.contains(asking)
        let others = current.learners.filter { $0.node != asking.node }
        guard
            let target = try? QuorumMembership(
                voters: current.voters + (isLearner ? [asking] : []),
                learners: others + (isLearner ? [] : [asking])),
            refusalOfEntries == nil, refusal(of: target) == nil
        else { return }
        appendChange(to: target, into: &effects)
        putInForce(at: now, into: &effects)
    }

    /// Why this membership cannot be changed to that one now.
    private func refusal(of target: QuorumMembership) -> QuorumRefusal? {
        guard !log.membership.isJoint, log.membershipIndex <= log.commit,
            log.commit >= leading.firstIndex
        else { return .changing }
        for voter in target.voters where !log.membership.voters.contains(voter) {
            // A voter that has to catch up first would stop commits until it has (thesis §4.2.1).
            guard let place = leading.place(of: voter),
                leading[place].match + settings.promotionLag >= log.lastIndex
            else { return .behind(voter) }
        }
        return nil
    }

    /// The membership that was appended counts from now on.
    private mutating func putInForce(at now: Moment, into effects: inout Effects<Self>) {
        effects.report(.membership(log.membership, index: log.membershipIndex))
        adoptMembership(at: now)
        replicate(at: now, into: &effects)
    }

    /// After a commit: a joint membership that is committed is followed by the one that it leads
    /// to; and a leader that is no longer a voter steps down once that is committed.
    mutating func goOnChanging(at now: Moment, into effects: inout Effects<Self>) {
        guard log.membershipIndex <= log.commit else { return }
        if log.membership.isJoint {
            append(.configuration(log.membership.settled), into: &effects)
            putInForce(at: now, into: &effects)
        } else if !log.membership.isVoter(member) {
            for place in leading.peers.indices where leading[place].member != member {
                beat(place, into: &effects)
            }
            follow(nil, inTerm: term, at: now, into: &effects)
        }
    }

    /// Hands leadership to a voter: requests wait until it has the whole log and was told to stand.
    mutating func transfer(
        to node: NodeID?, at now: Moment, into effects: inout Effects<Self>
    ) {
        guard role == .leader else { return effects.report(.ignored(.notLeading(leader))) }
        guard leading.transfer == nil else { return effects.report(.ignored(.transferring)) }
        var target: Int?
        for place in leading.peers.indices {
            let peer = leading[place]
            guard peer.member != member, log.membership.voters.contains(peer.member),
                node == nil || peer.member.node == node
            else { continue }
            if target.map({ leading[$0].match < peer.match }) ?? true { target = place }
        }
        guard let target else { return effects.report(.ignored(.notAVoter(node))) }
        leading.transfer = Leadership.Transfer(
            target: leading[target].member, deadline: now + settings.electionTimeout)
        handOver(to: target, into: &effects)
    }

    /// Tells the one who is to lead to stand, once it has the whole log.
    mutating func handOver(to place: Int, into effects: inout Effects<Self>) {
        guard let transfer = leading.transfer, !transfer.isAsked,
            leading[place].member == transfer.target, leading[place].match == log.lastIndex
        else { return }
        leading.transfer?.isAsked = true
        leading.isLeaseGone = true
        send(.campaignNow, to: transfer.target, into: &effects)
    }
}
