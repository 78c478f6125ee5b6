import StateMachines

extension Sundial {
    /// Sends a message; with news, it says what the receiver must know of itself, and as much of what
    /// is to be passed on as fits.
    mutating func send(
        _ body: Message.Body, to receiver: NodeID, updates: [MemberUpdate] = [],
        withNews: Bool = true, at now: Moment, into effects: inout Effects<Self>
    ) {
        var updates = updates
        if withNews {
            let belief = table[receiver]
            if belief.isKnown, !belief.isAlive {
                // Lifeguard's buddy system, section IV-C: a suspect hears of it from whoever talks to
                // it, not by chance.
                updates.append(update(of: receiver, at: now))
            }
            let (table, tombstones, settings) = (table, tombstones, settings)
            rumors.take(
                upTo: updates.count + settings.newsPerMessage, times: retransmissions,
                into: &updates
            ) { rumor in
                // A rumor whose member has another state by now is void: there is a newer one.
                guard table[rumor.member] == rumor.state else { return nil }
                if rumor.state.isAlive { return MemberUpdate(rumor.member, rumor.state) }
                let died = tombstones[rumor.member]
                return MemberUpdate(
                    rumor.member, rumor.state,
                    detail: settings.detail(
                        of: rumor.state, accuser: rumor.accuser, died: died, at: now))
            }
        }
        effects.send(
            SundialMessage(
                cluster: settings.cluster, sender: ownState, body: body, updates: updates),
            to: receiver)
    }

    /// What this node says of a member.
    func update(of member: NodeID, at now: Moment) -> MemberUpdate {
        let state = table[member]
        if state.isAlive { return MemberUpdate(member, state) }
        let accuser = suspicions[member]?.accusers.first ?? node
        return MemberUpdate(
            member, state,
            detail: settings.detail(
                of: state, accuser: accuser, died: tombstones[member], at: now))
    }

    /// λ·log₂(n+1), at least once.
    private var retransmissions: Int {
        let doublings = Int.bitWidth - table.running.leadingZeroBitCount
        return max(1, Int((settings.retransmissions * Double(doublings)).rounded(.up)))
    }

    /// Tells the sender of a message what it does not know of itself, unless an answer did: that it is
    /// suspected or dead, or has used a greater incarnation in a former life.
    mutating func correct(
        _ sender: NodeID, who message: Message, isAnswered: Bool, at now: Moment,
        into effects: inout Effects<Self>
    ) {
        // A correction is never corrected: two nodes that both wait for their disks would go on.
        if case .correction = message.body { return }
        guard table[sender] > message.sender else { return }
        // Answers tell what is not alive.
        guard !isAnswered || table[sender].isAlive else { return }
        send(
            .correction, to: sender, updates: [update(of: sender, at: now)], withNews: false,
            at: now, into: &effects)
    }
}

extension SundialSettings {
    /// What goes with a state on the wire.
    fileprivate func detail(
        of state: MemberState, accuser: NodeID, died: Moment?, at now: Moment
    ) -> UInt32 {
        switch state.status {
        case nil, .alive: return 0
        case .suspect: return accuser.rawValue
        case .dead, .left:
            let died = died ?? now
            if has(.copiesRemoteClock) {
                return UInt32(truncatingIfNeeded: died.nanoseconds / 1_000_000)
            }
            return UInt32(clamping: (now - died).nanoseconds / 1_000_000)
        }
    }
}
