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
        let current = log.membership
        let isPlain = target.voters == current.voters || has(.changesWithoutJoint)
        let next = isPlain ? target.settled : current.joint(with: target)
        append(.configuration(next), into: &effects)
        effects.report(.proposed(token: token, index: log.lastIndex, term: term))
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
