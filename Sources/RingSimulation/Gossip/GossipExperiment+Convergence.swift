public import ShenRing
public import Simulation
public import StateMachines

extension GossipExperiment {
    /// How a cluster came to have one view.
    public struct Convergence: Hashable, Sendable {
        /// How long it took, to a tenth of a period; nil where it did not within the bound.
        public let time: Span?
        /// What gossip cost from the start.
        public let load: GossipLoad
        /// The digest of every step from the start.
        public let trace: TraceHash
    }

    /// Cuts each cluster in two until both sides have long had the other for dead, heals it, and
    /// watches until all have all as members again.
    ///
    /// - Parameters:
    ///   - minority: how many nodes are on the one side, from 1 to all but one.
    ///   - periods: for how long it is cut.
    ///   - mostPeriods: where to stop, after it is healed.
    public func healing(
        minority: Int, after periods: Int, mostPeriods: Int = 400
    ) throws(SundialError) -> [Convergence] {
        guard minority >= 1, minority < nodes else {
            throw SundialError(
                setting: "minority", found: "\(minority)", expected: "1..<\(nodes), the nodes")
        }
        let all = (0..<nodes).map(NodeID.init(place:))
        return (0..<trials).map { trial in
            var simulator = cluster(trial: trial)
            let cut = Moment(nanoseconds: 0) + settings.period * 2
            simulator.schedule(
                .partition([Array(all[..<minority]), Array(all[minority...])]), at: cut)
            let heal = cut + settings.period * Int64(periods)
            drain(&simulator, until: heal)
            simulator.inflict(.heal)
            return converge(&simulator, from: heal, mostPeriods: mostPeriods)
        }
    }

    /// Starts clusters whose nodes know one contact only, and watches until all know all.
    public func bootstrap(mostPeriods: Int = 400) -> [Convergence] {
        var settings = settings
        settings.members = 0
        settings.contacts = [NodeID(0)]
        return (0..<trials).map { trial in
            var simulator = cluster(trial: trial, settings: settings)
            return converge(
                &simulator, from: Moment(nanoseconds: 0), mostPeriods: mostPeriods)
        }
    }

    private func converge(
        _ simulator: inout Simulator<Sundial>, from start: Moment, mostPeriods: Int
    ) -> Convergence {
        for tenth in 1...mostPeriods * 10 {
            drain(&simulator, until: start + settings.period * Int64(tenth) / 10)
            if isConverged(simulator, running: nodes) {
                return convergence(of: simulator, after: simulator.now - start)
            }
        }
        return convergence(of: simulator, after: nil)
    }

    private func convergence(of simulator: Simulator<Sundial>, after time: Span?) -> Convergence {
        Convergence(time: time, load: load(of: simulator), trace: simulator.trace)
    }
}
