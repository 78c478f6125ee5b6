import StateMachines

/// Heartbeats, leases, and what they say of who is fit.
extension ChainWarden {
    /// Takes a heartbeat, and answers it: with a lease for a member, with what it does not know for one
    /// that is behind.
    mutating func take(
        _ heartbeat: ChainHeartbeat, of place: Int, at now: Moment,
        _ effects: inout Effects<ChainNode>
    ) {
        let isBack =
            watched[place].member != heartbeat.member
            || now - watched[place].heardAt > settings.suspicion
        if isBack { watched[place].steadySince = now }
        watched[place].member = heartbeat.member
        watched[place].heardAt = now
        watched[place].epoch = heartbeat.epoch
        watched[place].barred = heartbeat.barred
        watched[place].inSync = heartbeat.epoch == decided.epoch ? heartbeat.inSync : nil
        if let node = heartbeat.cutOff, heartbeat.epoch == decided.epoch,
            let other = watched.firstIndex(where: { $0.node == node })
        {
            // Longer than a lease: nobody renews it, so that it ends and the node can be taken out.
            watched[other].cutOffUntil = now + settings.leaseWaited + settings.suspicion
        }
        let isLeased = mayLease(heartbeat.member, at: now)
        if isLeased { watched[place].leasedUntil = now + settings.leaseWaited }
        effects.send(
            message(
                .standing(number: heartbeat.number, epoch: decided.epoch, leased: isLeased)),
            to: heartbeat.member.node)
        if heartbeat.epoch < decided.epoch {
            effects.send(message(.configuration(decided)), to: heartbeat.member.node)
        }
    }

    /// Whether a member may be given a lease: not where this warden has accepted a configuration
    /// without it, which may have been decided.
    private func mayLease(_ member: ChainMember, at now: Moment) -> Bool {
        guard decided.members.contains(member) else { return false }
        if let accepted, !accepted.configuration.members.contains(member) { return false }
        if let blocked, blocked.proposal.ballot == promised, now < blocked.until,
            !blocked.proposal.configuration.members.contains(member)
        {
            return false
        }
        return !isCutOff(member, at: now)
    }

    /// Whether this warden hears a member itself that a configuration leaves out.
    func objects(to wanted: ChainConfiguration, at now: Moment) -> Bool {
        decided.members.contains {
            !wanted.members.contains($0) && watching($0) != nil && isFit($0, at: now)
        }
    }

    /// Whether a lease of this warden stands against a configuration: one of a node that is not a
    /// member of it, or one of an earlier life that it may have granted.
    func isBlocked(_ proposal: ChainConfiguration, at now: Moment) -> Bool {
        // Before the first configuration there were no leases.
        if decided.epoch > 0, now < quietUntil { return true }
        return watched.contains { replica in
            guard let end = replica.leasedUntil, now < end else { return false }
            return !proposal.members.contains { $0.node == replica.node }
        }
    }

    func watching(_ member: ChainMember) -> Watched? {
        watched.first { $0.member == member }
    }

    private func isCutOff(_ member: ChainMember, at now: Moment) -> Bool {
        guard let until = watching(member)?.cutOffUntil else { return false }
        return now < until
    }

    /// Whether a member was heard of lately, with the disk that it became one with, and nobody says that
    /// it is cut off.
    ///
    /// A warden that has come back believes what it knew of whom it has not heard yet, for as long as
    /// a silence may last. Else it would want a chain of those whose heartbeats were the first to
    /// come, and with its ballots be in the way of what the others rightly want.
    func isFit(_ member: ChainMember, at now: Moment) -> Bool {
        guard let replica = watched.first(where: { $0.node == member.node }),
            replica.member == nil || replica.member == member,
            now - replica.heardAt <= settings.suspicion
        else { return false }
        return replica.cutOffUntil.map { now >= $0 } ?? true
    }

    /// What should follow the decided configuration, as far as this warden can see; nil where nothing
    /// has to change, or nobody is left.
    func wanted(at now: Moment) -> ChainConfiguration? {
        guard decided.epoch > 0 else { return founding(at: now) }
        var members = decided.members.filter { isFit($0, at: now) }
        var joiner = decided.joiner.flatMap { isFit($0, at: now) ? $0 : nil }
        if let candidate = decided.joiner, candidate == joiner,
            let tail = decided.tail, watching(tail)?.inSync == candidate
        {
            members.append(candidate)
            joiner = nil
        }
        guard !members.isEmpty else { return nil }
        // What restarted cannot go on in the epoch in which it was.
        let isBarred = (members + (joiner.map { [$0] } ?? [])).contains {
            watching($0)?.barred == decided.epoch
        }
        if joiner == nil, members.count < settings.size {
            joiner = candidate(besides: members, at: now)
        }
        guard isBarred || members != decided.members || joiner != decided.joiner else {
            return nil
        }
        return ChainConfiguration(epoch: decided.epoch + 1, members: members, joiner: joiner)
    }

    /// The first configuration: the founders, once all were heard of. None may have been in a chain.
    private func founding(at now: Moment) -> ChainConfiguration? {
        let founders = watched.prefix(settings.founders ?? settings.size)
        let members = founders.compactMap { $0.epoch == 0 ? $0.member : nil }
        guard members.count == founders.count else { return nil }
        return ChainConfiguration(epoch: 1, members: members)
    }

    /// A replica that is fit and not in the chain: the one that has been longest.
    private func candidate(besides members: [ChainMember], at now: Moment) -> ChainMember? {
        watched.filter { replica in
            guard let member = replica.member, isFit(member, at: now) else { return false }
            return !members.contains { $0.node == replica.node }
                && now - replica.steadySince >= settings.heartbeat
        }
        .min { ($0.steadySince, $0.node) < ($1.steadySince, $1.node) }?.member
    }
}
