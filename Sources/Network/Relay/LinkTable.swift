import StateMachines

/// The links of a relay, by place.
struct LinkTable {
    /// A link as it is now.
    struct State {
        var conditions: LinkConditions
        var bucket = TokenBucket()
        /// Since when nothing passes; nil while all does.
        private(set) var cutSince: Moment?
        /// How often it was cut and not healed.
        private var cuts = 0

        init(_ conditions: LinkConditions) { self.conditions = conditions }

        /// Has nothing pass from now on, where anything did.
        mutating func cut(at now: Moment) {
            cuts += 1
            if cutSince == nil { cutSince = now }
        }

        /// Takes one cut back. Says since when nothing passed, where that was the last one.
        mutating func heal() -> Moment? {
            guard cuts > 0 else { return nil }
            cuts -= 1
            return cuts == 0 ? cutSince.take() : nil
        }

        /// When the last of `count` bytes has left that come now.
        mutating func departure(of count: Int, at now: Moment) -> Moment {
            guard let rate = conditions.rate else { return now }
            return bucket.departure(of: count, at: now, rate: rate)
        }
    }

    private var states: [State] = []
    private var places: [Link: Int] = [:]

    init(_ plan: RelayPlan) {
        for link in plan.links {
            places[link] = states.count
            states.append(State(plan.exceptions[link] ?? plan.conditions))
        }
    }

    subscript(place: Int) -> State {
        _read { yield states[place] }
        _modify { yield &states[place] }
    }

    /// Where a link stands, which has to be one of them.
    func place(of link: Link) -> Int {
        guard let place = places[link] else { preconditionFailure("\(link) is no link here") }
        return place
    }
}

/// A way from a caller to whom it calls, and the way back.
struct RelayRoute {
    /// Where who is called listens.
    let target: Address
    /// Places of the links there and back.
    let there: Int
    let back: Int

    /// The link on which what an end says leaves.
    func link(from side: Tunnel.Side) -> Int { side == .near ? there : back }

    /// Whether it goes over the link at a place.
    func uses(_ link: Int) -> Bool { there == link || back == link }
}
