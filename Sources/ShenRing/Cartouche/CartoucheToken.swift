import StateMachines

extension Cartouche {
    /// A reading of a node's clock, which the node itself gets back to tell how long something took.
    ///
    /// Whoever carries it cannot read anything from it.
    public struct Stamp: Hashable, Sendable {
        /// Drawn in each life of the node: readings of an earlier one tell it nothing.
        let life: UInt64
        let reading: Moment
    }

    /// A node's word that it wants the token.
    public struct Want: Hashable, Sendable {
        /// Who wants it.
        let member: Member
        /// The last token that it had: one that visited it since has served this want.
        let seen: Position
        /// The lowest epoch whose tokens it takes.
        let floor: Epoch
        /// When it said so.
        let stamp: Stamp
        /// The version of the configuration that it knows.
        let version: UInt64
    }

    /// What a token knows of a member.
    struct Place: Hashable, Sendable {
        /// The sequence at which the member last had the token; 0 where it has not, in this epoch.
        var visit: UInt64 = 0
        /// Whether it wants the token.
        var wants = false
        /// The lowest epoch whose tokens it takes, as far as it said.
        var floor = Epoch.none
        /// The last reading of its clock that came this way.
        var stamp: Stamp?
        /// What `stamp` was when the lease was asked for that the token has: by this member's clock, the
        /// lease began after it.
        var leased: Stamp?
    }

    /// The token: who has it may be granted the right.
    ///
    /// **Skipping.** To pass it to the next member that wants it, a holder has to know the queues of the
    /// others, which it cannot see. So the wants travel: a node announces its want to whom it believes to
    /// have the token, who enters it here, and every later holder sees it. An entry is dated by the
    /// token's own sequence: a want that was said before the member's last visit is served, however
    /// late a copy of it arrives (the token of Suzuki and Kasami, TOCS 3(4), 1985, counts requests by node
    /// instead, which needs numbers that outlive a crash).
    public struct Token: Hashable, Sendable {
        /// Its epoch and how often it was passed.
        public internal(set) var position: Position
        /// How many grants were made under it: with the epoch, the last fencing number.
        public internal(set) var grants: UInt64
        /// The ring that a majority agreed on for its epoch.
        public let configuration: Configuration
        /// What it knows of each member, by its place on the ring.
        var places: [Place]

        /// A new token, held by the node that minted it.
        init(epoch: Epoch, configuration: Configuration) {
            position = Position(epoch, 1)
            grants = 0
            self.configuration = configuration
            places = Array(repeating: Place(), count: configuration.members.count)
        }

        /// Enters a want, unless the member was visited since or is none of the ring.
        ///
        /// - Returns: whether it was entered.
        @discardableResult
        mutating func enter(_ want: Want) -> Bool {
            guard let place = configuration.place(of: want.member.node),
                configuration.members[place] == want.member
            else { return false }
            let visit = places[place].visit
            // A node that restarted does not know when the token was there last, and wants one of a
            // higher epoch: this one cannot have served it.
            guard
                visit == 0 || want.floor > position.epoch
                    || want.seen >= Position(position.epoch, visit)
            else { return false }
            places[place].wants = true
            places[place].floor = max(places[place].floor, want.floor)
            places[place].stamp = want.stamp
            return true
        }

        /// Takes over what an earlier token knew of members that are still there.
        mutating func inherit(_ earlier: Token) {
            for (place, member) in earlier.configuration.members.enumerated() {
                guard configuration.contains(member),
                    let own = configuration.place(of: member.node)
                else { continue }
                places[own] = earlier.places[place]
                places[own].visit = 0
                places[own].leased = nil
            }
        }

        /// The first place clockwise after one that a condition holds for, the place itself last.
        func next(after place: Int, where isWanted: (Place) -> Bool) -> Int? {
            for step in 1...places.count {
                let candidate = (place + step) % places.count
                if isWanted(places[candidate]) { return candidate }
            }
            return nil
        }

        /// Whether it could have been made by the rules; what is not came from elsewhere.
        var isSound: Bool {
            configuration.isSound && places.count == configuration.members.count
                && position.sequence > 0 && position.epoch > .none && position.epoch <= .limit
        }
    }
}
