import Randomness
import ShenRing
import Simulation
public import StateMachines

extension GossipExperiment {
    /// How one piece of news spread.
    public struct Spread: Hashable, Sendable {
        /// How many had it after each round, from round 0.
        public let curve: [Int]
        /// After how many rounds all had it; nil where they had not within the bound.
        public let rounds: Int?
        /// How long that took; nil likewise.
        public let time: Span?
        /// What all gossip cost meanwhile.
        public let load: GossipLoad
        /// The digest of the simulation's steps.
        public let trace: UInt64
    }

    /// Has one node tell something new, and watches until all know it.
    ///
    /// Nodes look for nobody's death, whatever the settings say, unless they count heartbeats. Tables
    /// are not compared, so that news spreads by itself. Where nodes are in step, the news comes up
    /// half-way between two rounds, and a round is what theory takes it for (`EpidemicModel`), with one
    /// difference: a message takes its time, and a node that was told in a round can answer a call of
    /// the same one. Where they are not, each has its rounds at moments of its own, one a period, and
    /// a round is a period since the news.
    ///
    /// - Parameters:
    ///   - isInStep: whether all have their rounds at the same moments.
    ///   - mostRounds: where to stop.
    public func spread(isInStep: Bool = true, mostRounds: Int = 200) -> [Spread] {
        var settings = settings
        if !settings.countsHeartbeats { settings.detection = .none }
        settings.isInStep = isInStep
        settings.comparison = 0
        return (0..<trials).map { trial in
            spread(trial: trial, settings: settings, mostRounds: mostRounds)
        }
    }

    private func spread(trial: Int, settings: SundialSettings, mostRounds: Int) -> Spread {
        var simulator = cluster(trial: trial, settings: settings)
        var generator = generator(trial: trial)
        let origin = NodeID(place: Int(generator.next(below: UInt64(nodes))))
        let period = settings.period
        let start = Moment(nanoseconds: 0) + (settings.isInStep ? period / 2 : period * 2)
        drain(&simulator, until: start)
        let news = MemberState(.alive, incarnation: 2)
        simulator.ask(.renew, of: origin)
        var curve = [1]
        var last = start
        while curve[curve.count - 1] < nodes, curve.count <= mostRounds {
            var known = curve[curve.count - 1]
            let end = start + period * Int64(curve.count)
            while let occurrence = simulator.next(until: end) {
                guard case .event(.changed(origin, news), _, let moment) = occurrence else {
                    continue
                }
                known += 1
                last = moment
            }
            curve.append(known)
        }
        let isDone = curve[curve.count - 1] == nodes
        return Spread(
            curve: curve, rounds: isDone ? curve.count - 1 : nil,
            time: isDone ? last - start : nil, load: load(of: simulator),
            trace: simulator.trace.value)
    }

    /// Runs on, whatever happens.
    func drain(_ simulator: inout Simulator<Sundial>, until end: Moment) {
        simulator.pass(until: end)
    }
}
