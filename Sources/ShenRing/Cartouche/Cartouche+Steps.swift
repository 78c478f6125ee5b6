public import StateMachines

/// What a shell calls.
extension Cartouche {
    /// Begins this life: what was promised in earlier ones binds it.
    public mutating func start(at now: Moment, into effects: inout Effects<Cartouche>) {
        newest = .none
        horizon = memory.promised
        if memory.promised > .none, !settings.has(.forgetsLease) {
            // Whom a lease was promised to before the crash is forgotten. It was for the promised epoch or
            // a lower one, and it is over a lease from now.
            support = Support(epoch: memory.promised, ends: now + settings.lease)
        }
        if memory.disk != nil, memory.chosen == nil { joining = now }
        conclude(at: now, into: &effects)
    }

    /// Takes a message; what is foreign, malformed or out of date is counted and changes nothing.
    public mutating func receive(
        _ message: Message, from sender: NodeID, at now: Moment,
        into effects: inout Effects<Cartouche>
    ) {
        guard message.ring == settings.ring else { return statistics.foreign += 1 }
        guard message.version == Message.version else { return statistics.otherVersion += 1 }
        guard memory.disk != nil else { return statistics.strangers += 1 }
        take(message.content, from: sender, at: now, into: &effects)
        conclude(at: now, into: &effects)
    }

    private mutating func take(
        _ content: Content, from sender: NodeID, at now: Moment, into effects: inout Outbox
    ) {
        switch content {
        case .want(let want, let round, let hops):
            hear(want, round: round, hops: hops, from: sender, at: now, into: &effects)
        case .opinion(let opinion):
            weigh(opinion, from: sender, at: now)
        case .pass(let token, let remaining):
            receive(token, remaining: remaining, from: sender, at: now, into: &effects)
        case .taken(let position):
            passArrived(position, at: sender)
        case .refused(let position, let refusal):
            passRefused(position, refusal, by: sender, at: now)
        case .renew(let epoch, let round):
            answerRenewal(of: epoch, round: round, from: sender, at: now, into: &effects)
        case .renewed(let epoch, let round, let supporter):
            count(supporter, for: epoch, round: round, from: sender, at: now)
        case .outvoted(let promised, let newest):
            hearOfPromise(promised, newest: newest, at: now)
        case .prepare(let ballot):
            consider(ballot, from: sender, at: now, into: &effects)
        case .vote(let vote):
            count(vote, from: sender, at: now, into: &effects)
        case .propose(let proposal):
            consider(proposal, from: sender, at: now, into: &effects)
        case .accepted(let epoch, let acceptor):
            count(acceptor, accepting: epoch, from: sender, at: now, into: &effects)
        case .installed(let epoch, let configuration):
            hearOfRing(configuration, epoch: epoch, from: sender, at: now, into: &effects)
        case .admit(let newcomer):
            consider(newcomer, from: sender, at: now, into: &effects)
        }
    }

    /// Takes what the application asks for, or reports it as refused.
    public mutating func handle(
        _ request: Request, at now: Moment, into effects: inout Effects<Cartouche>
    ) {
        switch request {
        case .found(let configuration):
            let isFounder = configuration.contains(Member(node)) && configuration.version == 0
            guard memory.disk == nil, isFounder else { return effects.report(.refused(request)) }
            store(.founded(configuration), into: &effects)
        case .join:
            guard !isMember else { return effects.report(.refused(request)) }
            join(at: now, into: &effects)
        case .change(let change):
            let isPossible = isMember && settings.regeneration == .majority
            guard isPossible else { return effects.report(.refused(request)) }
            if !pendingChanges.contains(change) { changes.append(AwaitedChange(change: change)) }
        case .acquire(let ticket):
            guard isMember else { return effects.report(.refused(request)) }
            tickets.append(ticket)
        case .withdraw(let ticket):
            tickets.removeAll { $0 == ticket }
        case .release(let number):
            guard holding?.grant?.number == number else { break }
            holding?.grant = nil
        }
        conclude(at: now, into: &effects)
    }

    /// Does what is due.
    public mutating func wake(at now: Moment, into effects: inout Effects<Cartouche>) {
        endGrant(at: now, into: &effects)
        if let passing, passing.due <= now { passUnanswered(at: now, into: &effects) }
        if let renewal = holding?.renewal, renewal.due <= now {
            renewalUnanswered(at: now, into: &effects)
        }
        if let candidacy, candidacy.due <= now { candidacyUnanswered(at: now, into: &effects) }
        if let reminder = pursuit?.reminder, reminder <= now { remind(at: now, into: &effects) }
        if let pursuit, pursuit.next <= now { pursueFurther(at: now, into: &effects) }
        if let joining, joining <= now { askToJoin(at: now, into: &effects) }
        conclude(at: now, into: &effects)
    }

    /// Does what waited for records that are durable now.
    public mutating func stored(
        through position: RecordPosition, at now: Moment, into effects: inout Effects<Cartouche>
    ) {
        durable = max(durable, position)
        var steps = awaiting
        let count = steps.prefix { $0.position <= durable }.count
        guard count > 0 else { return }
        awaiting.removeFirst(count)
        steps.removeLast(steps.count - count)
        for waiting in steps { perform(waiting.step, at: now, into: &effects) }
        conclude(at: now, into: &effects)
    }

    private mutating func perform(
        _ step: Awaiting.Step, at now: Moment, into effects: inout Outbox
    ) {
        switch step {
        case .stand(let epoch):
            askForVotes(epoch, at: now, into: &effects)
        case .vote(let ballot):
            vote(for: ballot, into: &effects)
        case .accept(let proposal):
            accept(proposal, at: now, into: &effects)
        case .support(let epoch, let round, let holder):
            giveSupport(to: holder, in: epoch, round: round, at: now, into: &effects)
        case .take(let token, let remaining, let sender):
            receive(token, remaining: remaining, from: sender, at: now, into: &effects)
        case .join:
            joining = now
        }
    }

    /// When something is due by itself: the least of what waits for a time.
    public var deadline: Moment? {
        var earliest: Moment?
        func consider(_ moment: Moment?) {
            guard let moment else { return }
            earliest = min(earliest ?? moment, moment)
        }
        consider(passing?.due)
        consider(candidacy?.due)
        consider(pursuit?.next)
        consider(pursuit?.reminder)
        consider(joining)
        if let holding {
            consider(holding.grant?.until)
            consider(holding.renewal?.due)
            if holding.grant == nil { consider(nextTurn(of: holding)) }
        }
        return earliest
    }

    /// Does what follows from what has changed: ends the right whose time is over, uses the token, asks for
    /// it. Every step ends with this.
    mutating func conclude(at now: Moment, into effects: inout Outbox) {
        endGrant(at: now, into: &effects)
        changes.removeAll { $0.expires.map { $0 <= now } ?? false }
        forgetOutdatedToken(into: &effects)
        useToken(at: now, into: &effects)
        pursue(at: now, into: &effects)
    }

    // MARK: What all parts send and store

    mutating func send(_ content: Content, to receiver: NodeID, into effects: inout Outbox) {
        effects.send(Message(ring: settings.ring, content), to: receiver)
    }

    /// Sends to all members but this one.
    mutating func send(
        _ content: Content, to members: [Member], into effects: inout Outbox
    ) {
        for member in members where member.node != node {
            send(content, to: member.node, into: &effects)
        }
    }

    @discardableResult
    mutating func store(_ record: Record, into effects: inout Outbox) -> RecordPosition {
        memory.apply(record)
        return effects.store(record)
    }

    /// Has a step done when the record at a position is durable.
    mutating func wait(
        for position: RecordPosition, then step: Awaiting.Step, at now: Moment,
        into effects: inout Outbox
    ) {
        guard position > durable else { return perform(step, at: now, into: &effects) }
        // A promise that is on its way may be waited for again, after other records.
        let place = awaiting.firstIndex { $0.position > position } ?? awaiting.endIndex
        guard !awaiting[..<place].contains(where: { $0.position == position && $0.step == step })
        else { return }
        awaiting.insert(Awaiting(position: position, step: step), at: place)
    }
}
