import Randomness
import ShenRing
import Simulation
public import StateMachines

extension QuorumExperiment {
    /// How long writes are not served when the leader dies.
    public struct Failover: Sendable {
        /// From each kill to the first write that was answered after it and invoked before or
        /// after, in the order of the trials; nil where none was within ten election timeouts.
        public var outages: [Span?] = []
        /// What the checkers found; figures with violations are none.
        public var violations: [String] = []
    }

    /// Kills the leader so many times, each time once the one before is back and has caught up, at
    /// a moment that the seed gives. A `pause` keeps the load between the kills light.
    ///
    /// - Parameters:
    ///   - trials: how often.
    ///   - electionTimeout: the least time without a leader before an election.
    ///   - heartbeat: how often a leader makes itself heard; at most half of it.
    ///   - patience: how long clients wait before they try another server.
    public func failover(
        trials: Int, electionTimeout: Span, heartbeat: Span, patience: Span
    ) -> Failover {
        var settings = settings
        settings.electionTimeout = electionTimeout
        settings.heartbeat = heartbeat
        var world = QuorumBenchWorld(self, settings: settings, patience: patience)
        var random = seed.derived(for: "kills").generator()
        var result = Failover()
        world.pass(until: Moment(nanoseconds: 0) + electionTimeout * 4)
        for _ in 0..<trials {
            let further = Int64(random.next(below: UInt64(electionTimeout.nanoseconds)))
            world.pass(
                until: world.simulator.now + electionTimeout * 4 + Span(nanoseconds: further))
            guard let leader = world.leader else { continue }
            let kill = world.simulator.now
            world.forgetAnswers()
            world.schedule(.crash(leader), at: kill)
            let end = kill + electionTimeout * 10
            while world.answers.last == nil, world.simulator.now < end {
                world.pass(until: world.simulator.now + .microseconds(100))
                // What the dead leader had sent before it died is not service after it.
                world.dropAnswers(before: kill + longestDelay)
            }
            result.outages.append(world.answers.first.map { $0.at - kill })
            world.pass(until: world.simulator.now + electionTimeout)
            world.schedule(.restart(leader), at: world.simulator.now)
        }
        result.violations = world.verdict()
        return result
    }

    /// By then all that was under way has arrived.
    private var longestDelay: Span {
        switch delay {
        case .constant(let span): span
        case .uniform(_, let most): most
        case .exponential(let floor, let mean): floor + mean * 10
        case .logNormal(let median, let sigma): median.scaled(by: 1 + 20 * sigma)
        }
    }
}
