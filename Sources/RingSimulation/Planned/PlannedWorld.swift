import Randomness
import Simulation
import StateMachines

/// A fault that applied, and when.
struct BefallenFault: Hashable {
    let fault: Fault
    let at: Moment
}

/// A protocol's world that a plan is carried out in.
protocol PlannedWorld {
    var now: Moment { get }
    /// What applied so far.
    var befallen: [BefallenFault] { get }
    /// Goes on to a moment.
    mutating func advance(to end: Moment)
    /// Has a fault come at a moment that is not past.
    mutating func schedule(_ fault: Fault, at moment: Moment)
    /// Who has a role now, other than `random`; nil where nobody has.
    func node(in role: CrashRole) -> NodeID?
    /// Whether a member neither is down nor stands still.
    func runs(_ node: NodeID) -> Bool
}

/// Whoever asked for a run wants it no more.
public struct PlannedRunStopped: Error {}

/// Carries the faults of a plan out in a world.
struct PlannedCourse {
    let plan: PlannedSimulation
    /// Draws whom a crash of anybody is for.
    private var generator: Xoshiro256StarStar
    private let shouldStop: () -> Bool

    init(_ plan: PlannedSimulation, seed: Seed, shouldStop: @escaping () -> Bool) {
        self.plan = plan
        self.shouldStop = shouldStop
        generator = seed.derived(for: "roles").generator()
    }

    /// Runs the world for the plan's duration from now on, which is when the plan's moments count from.
    mutating func run(
        _ world: inout some PlannedWorld, for duration: Span
    ) throws(PlannedRunStopped) {
        let start = world.now
        for step in plan.completedFaults.steps {
            world.schedule(step.fault, at: start + (step.moment - Moment(nanoseconds: 0)))
        }
        let end = start + duration
        for crash in plan.crashes.sorted(by: { $0.after < $1.after }) {
            try advance(&world, to: min(end, start + crash.after))
            while world.now < end {
                guard let node = node(in: crash.role, of: world) else {
                    try advance(&world, to: min(end, world.now + .milliseconds(1)))
                    continue
                }
                let now = world.now
                world.schedule(.crash(node), at: now)
                if let lasting = crash.lasting { world.schedule(.restart(node), at: now + lasting) }
                break
            }
        }
        try advance(&world, to: end)
    }

    /// Goes on in steps, so that whoever stops waiting does not wait long.
    mutating func advance(
        _ world: inout some PlannedWorld, to end: Moment
    ) throws(PlannedRunStopped) {
        let step = max(.milliseconds(10), plan.duration / 100)
        while world.now < end {
            if shouldStop() { throw PlannedRunStopped() }
            world.advance(to: min(end, world.now + step))
        }
    }

    private mutating func node(
        in role: CrashRole, of world: some PlannedWorld
    ) -> NodeID? {
        guard role == .random else {
            return world.node(in: role).flatMap { world.runs($0) ? $0 : nil }
        }
        let running = (0..<plan.nodes).map(NodeID.init(place:)).filter { world.runs($0) }
        guard !running.isEmpty else { return nil }
        return running[Int(generator.next(below: UInt64(running.count)))]
    }
}

extension PlannedWorld {
    /// When members crashed.
    var crashes: [Moment] {
        befallen.compactMap { if case .crash = $0.fault { $0.at } else { nil } }
    }
}

/// Times between moments in rising order.
struct Pauses {
    let moments: [Moment]

    /// The longest time without one from `start` to `end`.
    func longest(from start: Moment, to end: Moment) -> Span {
        var (last, longest) = (start, Span.zero)
        for moment in moments where moment >= start && moment <= end {
            longest = max(longest, moment - last)
            last = moment
        }
        return max(longest, end - last)
    }

    /// The first one later than each of `starts`, as the time since it; without those after which none
    /// came.
    func next(after starts: [Moment]) -> [Span] {
        starts.compactMap { start in moments.first { $0 > start }.map { $0 - start } }
    }
}
