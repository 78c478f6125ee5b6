import Randomness
public import ShenRing
import Simulation
public import StateMachines

extension GossipExperiment {
    /// What went wrong while nobody was dead.
    public struct Accuracy: Hashable, Sendable {
        /// How many lives' incarnations were suspected.
        public let suspicions: Int
        /// How many of those were taken for dead by somebody, of nodes that are not slow.
        public let falseDeaths: Int
        /// How many were, of nodes that are slow.
        public let slowDeaths: Int
        /// For how long it went on.
        public let time: Span
        /// What gossip cost.
        public let load: GossipLoad
    }

    /// Runs clusters in which nobody crashes, while `network` does what it does and some nodes stand
    /// still time and again: each slow one for `pause`, then runs for as long as a random share of it.
    ///
    /// Lifeguard's paper has the same experiment (section V): slow members accuse healthy ones.
    ///
    /// - Parameters:
    ///   - periods: for how long.
    ///   - slow: how many nodes are slow, from 0 to all.
    ///   - pause: how long each stands still at a time, positive.
    public func accuracy(
        periods: Int, slow: Int = 0, pause: Span = .seconds(1)
    ) throws(SundialError) -> [Accuracy] {
        guard (0...nodes).contains(slow) else {
            throw SundialError(setting: "slow", found: "\(slow)", expected: "0...\(nodes)")
        }
        guard pause > .zero else {
            throw SundialError(setting: "pause", found: "\(pause)", expected: "a positive span")
        }
        return (0..<trials).map { accuracy(trial: $0, periods: periods, slow: slow, pause: pause) }
    }

    private func accuracy(trial: Int, periods: Int, slow: Int, pause: Span) -> Accuracy {
        var simulator = cluster(trial: trial)
        var generator = generator(trial: trial)
        let end = Moment(nanoseconds: 0) + settings.period * Int64(periods)
        for place in 0..<slow {
            var moment = Moment(nanoseconds: 0) + settings.period
            while true {
                let runs = Int64(generator.next(below: UInt64(pause.nanoseconds)))
                moment = moment + Span(nanoseconds: runs)
                guard moment + pause < end else { break }
                simulator.schedule(.freeze(NodeID(place: place)), at: moment)
                moment = moment + pause
                simulator.schedule(.thaw(NodeID(place: place)), at: moment)
            }
        }
        var suspected = Set<MemberUpdate>()
        var dead = Set<MemberUpdate>()
        while let occurrence = simulator.next(until: end) {
            guard case .event(.changed(let subject, let state), _, _) = occurrence else { continue }
            if state.status == .suspect { suspected.insert(MemberUpdate(subject, state)) }
            if state.status == .dead { dead.insert(MemberUpdate(subject, state)) }
        }
        let slowDeaths = dead.count { $0.member.place < slow }
        return Accuracy(
            suspicions: suspected.count, falseDeaths: dead.count - slowDeaths,
            slowDeaths: slowDeaths, time: end - Moment(nanoseconds: 0), load: load(of: simulator))
    }
}
