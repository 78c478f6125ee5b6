import Checkers
import ShenRing
import Simulation
import StateMachines

/// Holds what nodes say of each other against what must never be, and what they know in the end against
/// what is.
///
/// - Of what a node holds of another, only a greater state takes the place of one, for as long as the
///   node lives and has not started over.
/// - Nobody is taken for dead who has not been suspected, in the same incarnation, for as long as a
///   suspicion lasts at least.
/// - Nobody has an incarnation that it did not announce. Those that it announces grow, over its lives
///   too where its disk keeps them.
/// - Who died is remembered for about the tombstones' lifetime, not longer and not much shorter.
/// - Who is probed waits for at most 2n other probes of the same node.
/// - While all is well nobody is suspected or taken for dead.
/// - A dead incarnation does not come to life, not even for a node that forgot it or started over.
/// - In the end every node has every other as it is, and who is up has those present that are up
///   (`MembershipChecker`).
struct GossipWatch {
    private enum Phase { case calm, faults, after }

    /// What is remembered of a node.
    private struct Subject {
        var isUp = false
        /// The greatest incarnation of this life, of all, and of those that its disk has seen.
        var announced: UInt32 = 0
        var everAnnounced: UInt32 = 0
        var onDisk: UInt32 = 0
        /// Whether this life, without the disk of the former ones, began with an incarnation that they
        /// used: who has forgotten those cannot tell it from them.
        var reuses = false
        /// The greatest incarnation that it may have left: one that leaves before it has heard of a
        /// former life leaves that life's incarnation as well.
        var leftThrough: UInt32 = 0
        /// When an incarnation was suspected first, and died first.
        var suspected: [UInt32: Moment] = [:]
        var died: [UInt32: Moment] = [:]
    }

    /// What an observer holds of a subject.
    private struct View {
        var state = MemberState.unknown
        /// The greatest so far.
        var floor = MemberState.unknown
        /// Probes of others since its last.
        var wait = 0
    }

    private let plan: GossipPlan
    private var subjects: [Subject]
    private var views: [[View]]
    private var checker: MembershipChecker
    private var phase = Phase.calm
    private var found: [String] = []

    init(_ plan: GossipPlan) {
        self.plan = plan
        subjects = Array(repeating: Subject(), count: plan.nodes)
        views = Array(repeating: Array(repeating: View(), count: plan.nodes), count: plan.nodes)
        checker = MembershipChecker(nodes: plan.nodes)
    }

    /// What was found, the first few of each kind of check.
    ///
    /// That nobody is raised from the dead is checked here and not by `MembershipChecker`: a node whose
    /// disk is lost begins again with its first incarnation, and where its death has been forgotten that
    /// is a new one.
    var violations: [String] {
        found
            + checker.findings.first.compactMap { finding in
                if case .raised = finding { nil } else { finding.description }
            }
    }

    private mutating func expect(_ holds: Bool, _ violation: @autoclosure () -> String) {
        if !holds, found.count < 8 { found.append(violation()) }
    }

    // MARK: Phases

    mutating func faultsBegin() {
        phase = .faults
        for place in subjects.indices { checker.cutOff(NodeID(place: place)) }
    }

    mutating func faultsAreOver() {
        phase = .after
        for place in subjects.indices { checker.reconnected(NodeID(place: place)) }
    }

    mutating func finish(at now: Moment) {
        checker.finish(at: now)
        // Two nodes may have noticed a death as far apart as a detection takes.
        let most = plan.settings.tombstoneLifetime.scaled(by: 1.1) + GossipPlan.period * 45
        for (observer, row) in views.enumerated() where subjects[observer].isUp {
            for (subject, view) in row.enumerated() where view.state.status == .dead {
                let died = subjects[subject].died[view.state.incarnation] ?? now
                expect(
                    now - died <= most,
                    "n\(observer) still remembers n\(subject), \(view.state) since \(died)")
            }
        }
    }

    // MARK: What happens

    mutating func befell(_ fault: Fault, at now: Moment) {
        switch fault {
        case .crash(let node, let disk):
            if disk == .loses { subjects[node.place].onDisk = 0 }
            stop(node, at: now)
        case .thaw(let node), .clock(let node, _):
            // It gave up a probe, whose target waits for a round more; and its clock has gone on.
            for subject in views[node.place].indices {
                views[node.place][subject].wait = 0
            }
        default: break
        }
    }

    mutating func asked(_ request: SundialRequest, of node: NodeID, at now: Moment) {
        guard request == .leave, subjects[node.place].isUp else { return }
        subjects[node.place].leftThrough = subjects[node.place].everAnnounced
        stop(node, at: now)
    }

    private mutating func stop(_ node: NodeID, at now: Moment) {
        guard subjects[node.place].isUp else { return }
        subjects[node.place].isUp = false
        forgetViews(of: node)
        checker.stopped(node, at: now)
    }

    private mutating func forgetViews(of node: NodeID) {
        views[node.place] = Array(repeating: View(), count: plan.nodes)
    }

    /// What it knew is gone, but the dead stay dead.
    private mutating func startedOver(_ node: NodeID) {
        for subject in subjects.indices {
            let floor = views[node.place][subject].floor
            views[node.place][subject] = View()
            if floor.status.isOver { views[node.place][subject].floor = floor }
        }
    }

    mutating func heard(_ event: SundialEvent, of node: NodeID, at now: Moment) {
        switch event {
        case .announced(let incarnation): announced(incarnation, by: node, at: now)
        case .changed(let subject, let state):
            guard subjects[node.place].isUp else { return }
            changed(subject, to: state, by: node, at: now)
        case .startedOver:
            guard subjects[node.place].isUp else { return }
            startedOver(node)
            for subject in subjects.indices {
                checker.viewed(
                    NodeID(place: subject), as: .unknown, incarnation: 0, by: node, at: now)
            }
        case .probed(let target, _): probed(target, by: node)
        case .departed: break
        }
    }

    private mutating func announced(_ incarnation: UInt32, by node: NodeID, at now: Moment) {
        let subject = subjects[node.place]
        if subject.isUp {
            expect(
                incarnation > subject.announced,
                "\(node) went from incarnation \(subject.announced) to \(incarnation) at \(now)")
        } else {
            expect(
                incarnation > subject.onDisk || !plan.settings.isDurable,
                "\(node) began again with incarnation \(incarnation) at \(now), "
                    + "after it had been in \(subject.onDisk)")
            subjects[node.place].reuses = incarnation <= subject.everAnnounced
            checker.started(node, at: now)
            subjects[node.place].isUp = true
            if phase == .faults { checker.cutOff(node) }
        }
        subjects[node.place].announced = incarnation
        subjects[node.place].onDisk = max(subject.onDisk, incarnation)
        subjects[node.place].everAnnounced = max(subject.everAnnounced, incarnation)
    }

    private mutating func changed(
        _ subject: NodeID, to state: MemberState, by node: NodeID, at now: Moment
    ) {
        let view = views[node.place][subject.place]
        views[node.place][subject.place].state = state
        checker.viewed(
            subject, as: Checkers.MemberStatus(state), incarnation: UInt64(state.incarnation),
            by: node, at: now)
        guard state.isKnown else {
            checkForgetting(view, of: subject, by: node, at: now)
            return
        }
        let isSameTombstone = state.status.isOver && state == view.floor
        let isForgotten = !view.state.isKnown && (isSameTombstone || subjects[subject.place].reuses)
        expect(
            state > view.floor || isForgotten,
            "\(node) had \(subject) as \(view.floor) and has it as \(state) at \(now)")
        views[node.place][subject.place].floor = state
        if !view.state.isRunning { views[node.place][subject.place].wait = 0 }
        expect(
            state.incarnation <= subjects[subject.place].everAnnounced,
            "\(node) has \(subject) as \(state) at \(now), which it never announced")
        checkStatus(state, of: subject, by: node, at: now)
    }

    private mutating func checkStatus(
        _ state: MemberState, of subject: NodeID, by node: NodeID, at now: Moment
    ) {
        switch state.status {
        case .suspect:
            expect(phase != .calm, "\(node) suspects \(subject) at \(now), while all is well")
            let first = subjects[subject.place].suspected[state.incarnation] ?? now
            subjects[subject.place].suspected[state.incarnation] = first
        case .dead:
            if subjects[subject.place].died[state.incarnation] == nil {
                subjects[subject.place].died[state.incarnation] = now
                checkDeath(state, of: subject, by: node, at: now)
            }
        case .left:
            expect(
                state.incarnation <= subjects[subject.place].leftThrough,
                "\(node) has \(subject) as \(state) at \(now), which has not left")
        case nil, .alive: break
        }
    }

    /// The first death in an incarnation comes after a suspicion, by as long as one lasts at least. A
    /// jump of a clock may take a period of it.
    private mutating func checkDeath(
        _ state: MemberState, of subject: NodeID, by node: NodeID, at now: Moment
    ) {
        let settings = plan.settings
        let least = settings.suspicion.timeout(
            confirmed: settings.suspicion.confirmations, nodes: 1, period: settings.period)
        guard let suspected = subjects[subject.place].suspected[state.incarnation] else {
            expect(false, "\(node) has \(subject) as \(state) at \(now), which was not suspected")
            return
        }
        expect(
            now - suspected >= least - settings.period.scaled(by: 1.1),
            "\(node) has \(subject) as \(state) at \(now), suspected since \(suspected)")
    }

    /// Leaps of clocks make tombstones older.
    private mutating func checkForgetting(
        _ view: View, of subject: NodeID, by node: NodeID, at now: Moment
    ) {
        let subjectHistory = subjects[subject.place]
        guard view.state.status == .dead,
            let died = subjectHistory.died[view.state.incarnation]
        else { return }
        expect(
            now - died >= plan.settings.tombstoneLifetime / 4,
            "\(node) forgot \(subject) at \(now), \(view.state) since \(died)")
    }

    private mutating func probed(_ target: NodeID, by node: NodeID) {
        for subject in views[node.place].indices where subject != node.place {
            views[node.place][subject].wait += 1
        }
        let wait = views[node.place][target.place].wait
        views[node.place][target.place].wait = 0
        expect(
            wait <= 2 * plan.nodes || !subjects[node.place].isUp,
            "\(node) probed \(target) only after \(wait) others")
    }

    // MARK: The end

    /// Compares what a node holds of another with that other; nil where it is down.
    mutating func judge(
        _ state: MemberState, of subject: NodeID, by node: NodeID, actual: Sundial?, at now: Moment
    ) {
        if let actual {
            for refusal in SundialCounts.Refusal.allCases {
                expect(actual.counts[refusal] == 0, "\(subject) refused a message: \(refusal)")
            }
        }
        guard let actual else {
            expect(
                !state.isKnown || state.status.isOver,
                "\(node) still has \(subject) as \(state) at \(now), which is down")
            return
        }
        if actual.hasLeft {
            expect(
                !state.isKnown || state.status == .left,
                "\(node) has \(subject) as \(state) at \(now), which left")
        } else {
            expect(
                state == actual.ownState,
                "\(node) has \(subject) as \(state) at \(now), which is \(actual.ownState)")
        }
    }
}

extension ShenRing.MemberStatus? {
    /// Whether the member has died or left.
    fileprivate var isOver: Bool { self == .dead || self == .left }
}

extension Checkers.MemberStatus {
    /// What a member's state is to a checker.
    init(_ state: MemberState) {
        self =
            switch state.status {
            case nil: .unknown
            case .alive: .alive
            case .suspect: .suspect
            case .dead: .dead
            case .left: .left
            }
    }
}
