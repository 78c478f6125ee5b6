import StateMachines

/// How much moves at once.
public struct MoveLimits: Hashable, Sendable {
    /// Copies that one node may send at the same time.
    public let sending: Int
    /// Copies that one node may receive at the same time.
    public let receiving: Int

    /// At most `sending` from a node and `receiving` to one at the same time; both at least 1.
    public init(sending: Int = 1, receiving: Int = 1) {
        precondition(sending >= 1 && receiving >= 1, "limits of \(sending) and \(receiving) copies")
        self.sending = sending
        self.receiving = receiving
    }
}

/// A copy that is to be made now.
public struct RangeCopy: Hashable, Sendable {
    /// What the schedule calls it: each attempt has a number of its own.
    public let number: Int
    /// The positions.
    public let arc: HashArc
    /// Who has them.
    public let source: NodeName
    /// Who is to have them.
    public let target: NodeName
}

/// An arc that a node is to give up: all that are to have it do.
public struct RangeRelease: Hashable, Sendable {
    /// The positions.
    public let arc: HashArc
    /// Who gives them up.
    public let holder: NodeName
}

/// Carries a plan out: says which copies may be made now, and which arcs may be dropped, as it is told
/// what became of the copies.
///
/// - What has the fewest holders left goes first, and then what comes first clockwise.
/// - An arc is dropped by those who are to give it up when every one who is to have it has it, and never
///   where one of these was lost: then too few have it, and the next plan decides.
/// - A copy that fails is begun again, from another source where there is one.
///
/// Keys that change while this goes on: a writer sends them to `writers(ofHash:)`, old and new; whoever
/// copies an arc takes the newer of two values of a key. Then whatever reads from the holders sees them.
///
/// It is a value that does nothing by itself: deterministic, and free of time and threads.
public struct MoveSchedule: Sendable {
    /// The plan.
    public let plan: MovePlan
    private let limits: MoveLimits
    private var states: [State]
    /// Those handovers that have copies to begin: those with the fewest holders first, and clockwise
    /// among them, where `isOrdered` says so.
    private var open: [Int]
    private var isOrdered = false
    private var running: [Int: Running] = [:]
    private var sending: [NodeName: Int] = [:]
    private var receiving: [NodeName: Int] = [:]
    private var lost = Set<NodeName>()
    private var attempts = 0
    /// What the schedule does wrong.
    package var planted = Planted<AnkhMistake>()

    /// How far a handover is.
    private struct State {
        /// Who has the arc now, those first that give it up.
        var holders: [NodeName]
        /// Who is to get it and does not yet.
        var waiting: [NodeName]
        /// Copies that are being made.
        var underWay = 0
        /// Whether one of those who are to have it in the end was lost.
        var isShort = false
        /// How many copies of it have failed: the next begins with another source.
        var failures = 0
        /// Whether those who were to give it up have been told.
        var isReleased = false
    }

    private struct Running {
        let handover: Int
        let source: NodeName
        let target: NodeName
    }

    /// A schedule of `plan`, of which nothing has been done.
    public init(_ plan: MovePlan, limits: MoveLimits = MoveLimits()) {
        self.plan = plan
        self.limits = limits
        states = plan.handovers.map { State(holders: $0.holders, waiting: $0.joining) }
        open = plan.handovers.indices.filter { !plan.handovers[$0].joining.isEmpty }
    }

    /// Whether a mistake was planted; never where none can be.
    private func has(_ mistake: AnkhMistake) -> Bool {
        planted.has(mistake)
    }
}

extension MoveSchedule {
    /// What may be given up without any copy: arcs that a plan only takes from somebody. Once, before all
    /// else.
    public mutating func begin() -> [RangeRelease] {
        states.indices.flatMap { release($0) }
    }

    /// The copies that may be begun now; they count as begun.
    ///
    /// - Complexity: linear in the handovers that have copies to begin, O(h log h) after a loss.
    public mutating func next() -> [RangeCopy] {
        var begun: [RangeCopy] = []
        order()
        for handover in open {
            for target in states[handover].waiting {
                guard (receiving[target] ?? 0) < limits.receiving,
                    let source = source(for: handover)
                else { continue }
                begun.append(start(handover, from: source, to: target))
            }
        }
        open.removeAll { states[$0].waiting.isEmpty }
        return begun
    }

    private mutating func order() {
        guard !isOrdered else { return }
        open.sort { left, right in
            (states[left].holders.count, left) < (states[right].holders.count, right)
        }
        isOrdered = true
    }

    /// Hears that a copy is complete and durable where it went; says what may be given up for it.
    ///
    /// A number that is not under way, such as one that was broken off since, changes nothing.
    public mutating func finished(_ number: Int) -> [RangeRelease] {
        guard let copy = end(number) else { return [] }
        states[copy.handover].holders.append(copy.target)
        if !states[copy.handover].waiting.isEmpty { isOrdered = false }
        return release(copy.handover)
    }

    /// Hears that a copy was broken off: it is begun again later.
    public mutating func failed(_ number: Int) {
        guard let copy = end(number) else { return }
        states[copy.handover].failures += 1
        if states[copy.handover].waiting.isEmpty {
            open.append(copy.handover)
            isOrdered = false
        }
        states[copy.handover].waiting.append(copy.target)
    }

    /// Hears that a node is gone, with all that it had: copies from it are begun again from others, those
    /// to it are not made. Says what may be given up because nothing is left to be copied.
    public mutating func lose(_ name: NodeName) -> [RangeRelease] {
        guard lost.insert(name).inserted else { return [] }
        var releases: [RangeRelease] = []
        for number in running.keys.sorted() {
            guard let copy = running[number], copy.source == name || copy.target == name else {
                continue
            }
            if has(.brokenCopyCounted), copy.source == name {
                releases += finished(number)
            } else {
                failed(number)
            }
        }
        for handover in states.indices {
            drop(name, from: handover)
            releases += release(handover)
        }
        open.removeAll { states[$0].waiting.isEmpty }
        isOrdered = false
        return releases
    }

    private mutating func drop(_ name: NodeName, from handover: Int) {
        let wanted = plan.handovers[handover]
        if states[handover].holders.contains(name) || wanted.joining.contains(name),
            !wanted.leaving.contains(name)
        {
            states[handover].isShort = true
        }
        states[handover].holders.removeAll { $0 == name }
        states[handover].waiting.removeAll { $0 == name }
        if states[handover].holders.isEmpty, !wanted.holders.isEmpty {
            // Nobody is left to copy from.
            states[handover].waiting = []
            states[handover].isShort = true
        }
    }

    private func source(for handover: Int) -> NodeName? {
        let (holders, failures) = (states[handover].holders, states[handover].failures)
        for offset in holders.indices {
            let holder = holders[(offset + failures) % holders.count]
            if (sending[holder] ?? 0) < limits.sending { return holder }
        }
        return nil
    }

    private mutating func start(
        _ handover: Int, from source: NodeName, to target: NodeName
    ) -> RangeCopy {
        attempts += 1
        running[attempts] = Running(handover: handover, source: source, target: target)
        sending[source, default: 0] += 1
        receiving[target, default: 0] += 1
        states[handover].waiting.removeAll { $0 == target }
        states[handover].underWay += 1
        return RangeCopy(
            number: attempts, arc: plan.handovers[handover].arc, source: source, target: target)
    }

    private mutating func end(_ number: Int) -> Running? {
        guard let copy = running.removeValue(forKey: number) else { return nil }
        sending[copy.source, default: 0] -= 1
        receiving[copy.target, default: 0] -= 1
        states[copy.handover].underWay -= 1
        return copy
    }

    private mutating func release(_ handover: Int) -> [RangeRelease] {
        let state = states[handover]
        let isCopied = state.underWay == 0 || has(.sourceReleasedEarly)
        guard !state.isReleased, state.waiting.isEmpty, isCopied, !state.isShort else { return [] }
        states[handover].isReleased = true
        let leaving = plan.handovers[handover].leaving
        states[handover].holders.removeAll { leaving.contains($0) }
        return leaving.filter { !lost.contains($0) }
            .map { RangeRelease(arc: plan.handovers[handover].arc, holder: $0) }
    }
}

extension MoveSchedule {
    /// Whether nothing is left to be copied, and nothing is being copied.
    public var isOver: Bool { open.isEmpty && running.isEmpty }

    /// Whether the plan is carried out: it is over, and no node that had part in it was lost.
    public var isComplete: Bool { isOver && states.allSatisfy(\.isReleased) }

    /// How many copies are under way.
    public var runningCount: Int { running.count }

    /// The positions that were to be copied and that nobody has any more: the nodes that had them are
    /// lost.
    public var unrecoverable: ArcSet {
        ArcSet(states.indices.filter { states[$0].holders.isEmpty }.map { plan.handovers[$0].arc })
    }

    /// Who must get what is written to the position `hash`, as long as the handover that it belongs to
    /// goes on: who has it, and who is to have it. Nil where nothing changes hands there.
    ///
    /// - Complexity: linear in the handovers.
    public func writers(ofHash hash: UInt64) -> [NodeName]? {
        guard let place = plan.handovers.firstIndex(where: { $0.arc.contains(hash) }) else {
            return nil
        }
        let joining = plan.handovers[place].joining.filter { !lost.contains($0) }
        let holders = states[place].holders
        return holders + joining.filter { !holders.contains($0) }
    }
}
