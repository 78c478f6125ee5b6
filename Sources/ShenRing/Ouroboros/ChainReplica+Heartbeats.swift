import StateMachines

/// What a replica and the wardens tell each other.
extension ChainReplica {
    /// Tells all wardens that this node is there, and asks them for a lease.
    mutating func beat(at now: Moment, into effects: inout Effects<ChainNode>) {
        heartbeatAt = now + settings.heartbeat
        // A member whose disk stands still holds the chain up; silence has it taken out.
        if let syncingSince, now - syncingSince > settings.stall { return }
        let heartbeat = ChainHeartbeat(
            number: leases.begin(at: now), member: member, epoch: configuration.epoch,
            barred: barred, inSync: hasPromised ? configuration.joiner : nil,
            cutOff: cutOff(at: now))
        for warden in settings.wardens {
            effects.send(message(.heartbeat(heartbeat)), to: warden)
        }
    }

    /// The node behind a link of this node over which nothing goes: the successor that does not answer,
    /// or this node, whose predecessor does not.
    ///
    /// A node that is not attached may wait for one that waits itself, so those further down are more
    /// patient: the link that is really broken is reported first.
    private func cutOff(at now: Moment) -> NodeID? {
        guard isActive else { return nil }
        if let link, let since = link.silentSince, now - since > settings.stall {
            return link.successor.node
        }
        let links: Int
        if case .member(let place) = role {
            links = place
        } else {
            links = configuration.members.count
        }
        if let helloSince, now - helloSince > settings.stall * Int64(links + 1) { return id }
        return nil
    }

    /// Takes a warden's answer to a heartbeat.
    mutating func takeStanding(
        _ number: UInt64, _ epoch: UInt64, _ leased: Bool, from sender: NodeID,
        _ ignored: inout ChainNode.Ignored, _ effects: inout Effects<ChainNode>
    ) {
        guard let place = settings.wardens.firstIndex(of: sender) else {
            return ignored.unknown += 1
        }
        if leased {
            leases.grant(
                number, by: place, majority: settings.majority, span: settings.leaseHeld)
        }
        // A warden that was away learns from whoever knows more.
        if epoch < configuration.epoch {
            effects.send(message(.configuration(configuration)), to: sender)
        }
    }
}
