extension Cartouche {
    /// What a node must not forget.
    ///
    /// The token itself is none of it. Keeping it on the disk would take a sync to take it and a second
    /// one before it is passed on (else a restarted node finds a token that it passed on long ago), at every
    /// pass; a token lost in a crash costs one regeneration instead.
    public enum Record: Hashable, Sendable {
        /// The ring was founded, with this node in it.
        case founded(Configuration)
        /// The number of the disk of a node that wants to be let in.
        case disk(UInt64)
        /// No lower epoch counts for this node any more, and in this one no other candidate; nil where the
        /// epoch had its winner when the node heard of it.
        case promised(Epoch, Member?)
        /// A proposal of the epoch was accepted, which is a promise of the epoch too.
        case accepted(Proposal)
        /// The ring is known to be agreed on.
        case installed(Configuration)
    }

    /// What a node's records add up to.
    struct Memory: Hashable, Sendable {
        /// This node as a voter; nil where it was neither founded nor numbered.
        var disk: UInt64?
        /// The highest epoch that the node promised.
        var promised = Epoch.none
        /// Whom it promised that epoch.
        var promisedTo: Member?
        /// The newest configuration that it knows to be agreed on; nil before it knows one.
        var chosen: Configuration?
        /// The last proposal that it accepted; `configuration` may or may not be agreed on.
        var accepted: Accepted?

        /// What a disk held.
        init(_ records: [Record]) {
            for record in records { apply(record) }
        }

        mutating func apply(_ record: Record) {
            switch record {
            case .founded(let configuration):
                disk = 0
                chosen = configuration
            case .disk(let number):
                disk = number
            case .promised(let epoch, let member):
                promise(epoch, to: member)
            case .accepted(let proposal):
                promise(proposal.epoch, to: proposal.proposer)
                learn(proposal.base)
                accepted = Accepted(
                    epoch: proposal.epoch, configuration: proposal.configuration)
            case .installed(let configuration):
                learn(configuration)
            }
        }

        /// Takes over a configuration that is agreed on, unless a later one is known.
        ///
        /// - Returns: whether it was news.
        @discardableResult
        mutating func learn(_ configuration: Configuration) -> Bool {
            guard configuration.version > chosen?.version ?? 0 || chosen == nil else {
                return false
            }
            chosen = configuration
            return true
        }

        private mutating func promise(_ epoch: Epoch, to member: Member?) {
            guard epoch >= promised else { return }
            promised = epoch
            promisedTo = member
        }
    }
}
