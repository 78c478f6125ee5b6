public import StateMachines

/// Holds the views of a membership protocol's members against who was really up, and says how long they
/// took.
///
/// The two properties of a failure detector are accuracy and completeness (Chandra and Toueg, "Unreliable
/// failure detectors for reliable distributed systems", JACM 43(2), 1996): nobody who is up is declared
/// dead, and everybody who is down is, by everybody. The first cannot hold always in an asynchronous
/// network: a scenario decides which false deaths it excuses, as of a member that was cut off.
///
/// A change of a view costs O(1), a start too, a stop O(n). Space: one byte for each pair of members,
/// and an entry for each pair of which one has declared the other dead.
public struct MembershipChecker: Sendable {
    /// How long a stop took to be noticed.
    public struct Detection: Hashable, Sendable {
        /// Who stopped.
        public let node: NodeID
        /// When.
        public let stopped: Moment
        /// When the first member took it for dead, or gone; nil where none has.
        public internal(set) var first: Moment?
        /// When none of those that were up had it as present any more; nil where one has, or had when
        /// the node came back.
        public internal(set) var all: Moment?
    }

    private struct Member: Sendable {
        var isUp = false
        var since = Moment(nanoseconds: 0)
        var isCutOff = false
        var wasDeclaredDead = false
        /// How many members that are up have it as present.
        var seenBy = 0
        /// The place of its stop in `detections` that is still open.
        var detection: Int?
        /// What it thinks of the others, itself included.
        var view: [MemberStatus]
    }

    private struct Pair: Hashable {
        let observer: NodeID
        let subject: NodeID
    }

    private var members: [Member]
    private var deadIncarnations: [Pair: UInt64] = [:]
    /// How many members are up.
    public private(set) var upCount = 0
    /// How many pairs of members that are up, and of others, have the one wrong about the other.
    public private(set) var wrongViews = 0
    /// Since when all views are right; nil while one is wrong.
    public private(set) var convergedSince: Moment?

    /// Each stop, and how long it took to be noticed, in their order.
    public private(set) var detections: [Detection] = []
    /// What was found so far.
    public private(set) var findings = FindingLog<MembershipFinding>()
    /// How many times a member that was up was declared dead, over all observers.
    public private(set) var falseDeaths = 0

    /// So many members, none of them up, none known to another.
    public init(nodes: Int) {
        precondition(nodes >= 0, "\(nodes) nodes")
        members = Array(
            repeating: Member(view: Array(repeating: .unknown, count: nodes)), count: nodes)
    }

    /// What a member thinks of another.
    public func status(of subject: NodeID, to observer: NodeID) -> MemberStatus {
        members[observer.place].view[subject.place]
    }

    /// Whether every member that is up has exactly those present that are up. Its view of itself does not
    /// count.
    public var isConverged: Bool { wrongViews == 0 }

    /// A node begins a life, and knows nobody.
    public mutating func started(_ node: NodeID, at now: Moment) {
        let place = node.place
        precondition(!members[place].isUp, "\(node) started at \(now) and is up already")
        members[place].isUp = true
        members[place].since = now
        members[place].wasDeclaredDead = false
        members[place].detection = nil
        // Who has it as absent is wrong now, and who has it as present no more; it sees nobody itself.
        wrongViews += 2 * (upCount - members[place].seenBy)
        upCount += 1
        noteConvergence(at: now)
    }

    /// A node stops: it crashes, or leaves.
    public mutating func stopped(_ node: NodeID, at now: Moment) {
        let place = node.place
        precondition(members[place].isUp, "\(node) stopped at \(now) and is not up")
        members[place].isUp = false
        members[place].since = now
        members[place].detection = detections.count
        detections.append(Detection(node: node, stopped: now))
        upCount -= 1
        // Who has it as present is wrong now, and who has it as absent no more.
        wrongViews += 2 * members[place].seenBy - upCount
        let view = members[place].view
        members[place].view = Array(repeating: .unknown, count: view.count)
        for subject in members.indices where subject != place {
            if view[subject].isPresent != members[subject].isUp { wrongViews -= 1 }
            if view[subject].isPresent {
                members[subject].seenBy -= 1
                noteDetection(of: subject, at: now)
            }
            deadIncarnations[Pair(observer: node, subject: NodeID(place: subject))] = nil
        }
        noteDetection(of: place, at: now)
        noteConvergence(at: now)
    }

    /// A node is cut off from others, or frozen, though it is up: that it is declared dead, or declares
    /// others dead, is counted and is no finding until it is told `reconnected`.
    public mutating func cutOff(_ node: NodeID) { members[node.place].isCutOff = true }

    /// What was said of `cutOff` is over, and so is the time that others need to learn of it.
    public mutating func reconnected(_ node: NodeID) { members[node.place].isCutOff = false }

    /// A member that is up changes its mind about another.
    ///
    /// - Parameter incarnation: of the news that made it do so.
    public mutating func viewed(
        _ subject: NodeID, as status: MemberStatus, incarnation: UInt64, by observer: NodeID,
        at now: Moment
    ) {
        precondition(members[observer.place].isUp, "\(observer) is not up at \(now)")
        let before = members[observer.place].view[subject.place]
        members[observer.place].view[subject.place] = status
        guard observer != subject else { return }
        judge(subject, from: before, to: status, incarnation, by: observer, at: now)
        guard before.isPresent != status.isPresent else { return }
        let change = status.isPresent ? 1 : -1
        members[subject.place].seenBy += change
        wrongViews += members[subject.place].isUp ? -change : change
        if let place = members[subject.place].detection, !status.isPresent {
            detections[place].first = detections[place].first ?? now
        }
        noteDetection(of: subject.place, at: now)
        noteConvergence(at: now)
    }

    private mutating func judge(
        _ subject: NodeID, from before: MemberStatus, to status: MemberStatus,
        _ incarnation: UInt64, by observer: NodeID, at now: Moment
    ) {
        let pair = Pair(observer: observer, subject: subject)
        let member = members[subject.place]
        if status.isPresent, !before.isPresent, let dead = deadIncarnations[pair],
            incarnation <= dead
        {
            findings.note(
                .raised(
                    subject, by: observer, at: now, incarnation: incarnation, dead: dead,
                    isUp: member.isUp))
        }
        guard status == .dead else { return }
        deadIncarnations[pair] = max(deadIncarnations[pair] ?? 0, incarnation)
        guard before != .dead, member.isUp else { return }
        falseDeaths += 1
        let isExcused = member.isCutOff || members[observer.place].isCutOff
        guard !member.wasDeclaredDead, !isExcused else { return }
        members[subject.place].wasDeclaredDead = true
        findings.note(.falseDeath(of: subject, by: observer, at: now, upSince: member.since))
    }

    /// The end, after faults are over and the members had time: every view has to be right.
    public mutating func finish(at now: Moment) {
        guard wrongViews > 0 else { return }
        for observer in members.indices where members[observer].isUp {
            for subject in members.indices where subject != observer {
                let (status, isUp) = (members[observer].view[subject], members[subject].isUp)
                guard status.isPresent != isUp else { continue }
                findings.note(
                    .notConverged(
                        NodeID(place: observer), sees: NodeID(place: subject), as: status,
                        isUp: isUp, at: now))
            }
        }
    }

    /// Whether everybody who is up knows of the stop of a member: also after one who did not is gone.
    private mutating func noteDetection(of subject: Int, at now: Moment) {
        guard let place = members[subject].detection else { return }
        if members[subject].seenBy == 0 {
            detections[place].all = detections[place].all ?? now
        } else {
            detections[place].all = nil
        }
    }

    private mutating func noteConvergence(at now: Moment) {
        if wrongViews > 0 { convergedSince = nil } else { convergedSince = convergedSince ?? now }
    }
}
