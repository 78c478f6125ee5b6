import StateMachines

/// What planted defects do that nothing else here does.
extension ChainReplica {
    #if PLANTED_DEFECTS
        /// `.epochGuessed`: leaves out, by itself, a neighbour that does not answer.
        mutating func guessEpoch(at now: Moment, into effects: inout Effects<ChainNode>) {
            guard settings.has(.epochGuessed), isActive, case .member(let place) = role else {
                return
            }
            var members = configuration.members
            if let since = link?.silentSince, now - since > settings.suspicion,
                place + 1 < members.count
            {
                members.removeSubrange((place + 1)...)
            } else if let helloSince, now - helloSince > settings.suspicion {
                members.removeSubrange(..<place)
            } else {
                return
            }
            learn(
                ChainConfiguration(epoch: configuration.epoch + 1, members: members), at: now,
                into: &effects)
        }

        /// `.restartedHeadGoesOn`: acts in the epoch of the earlier life, as if nothing was lost.
        mutating func resumeWithoutEpoch(
            at now: Moment, into effects: inout Effects<ChainNode>
        ) {
            guard let place = configuration.place(of: member) else { return }
            role = .member(place: place)
            activate(at: now, into: &effects)
            guard let successor = downstream, isHead else { return }
            link = ChainLink(
                to: successor, from: log.last, at: now, resend: settings.resend)
        }
    #else
        func guessEpoch(at now: Moment, into effects: inout Effects<ChainNode>) {}
        func resumeWithoutEpoch(at now: Moment, into effects: inout Effects<ChainNode>) {}
    #endif
}
