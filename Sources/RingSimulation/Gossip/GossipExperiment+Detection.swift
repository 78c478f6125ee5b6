import Randomness
import ShenRing
import Simulation
public import StateMachines

extension GossipExperiment {
    /// How one crash was noticed; times since the crash.
    public struct Detection: Hashable, Sendable {
        /// When the first node suspected it; nil where none did within the bound, here and below.
        public fileprivate(set) var suspected: Span?
        /// When all that run suspected it or took it for dead.
        public fileprivate(set) var suspectedByAll: Span?
        /// When the first node took it for dead.
        public fileprivate(set) var dead: Span?
        /// When all that run did.
        public fileprivate(set) var deadToAll: Span?
        /// How many of those that run were suspected by somebody.
        public fileprivate(set) var falseSuspicions = 0
        /// How many of those that run were taken for dead by somebody.
        public fileprivate(set) var falseDeaths = 0
        /// What gossip cost from the start.
        public fileprivate(set) var load: GossipLoad
    }

    /// Crashes one node of each cluster and watches until all know.
    ///
    /// - Parameters:
    ///   - untilSuspected: whether it is enough that all suspect it; else all have to take it for dead.
    ///   - warmUp: periods before the crash, which then falls at a random moment of one.
    ///   - mostPeriods: where to stop, after the crash.
    public func detection(
        untilSuspected: Bool = false, warmUp: Int = 3, mostPeriods: Int = 400
    ) -> [Detection] {
        (0..<trials).map {
            detection(
                trial: $0, untilSuspected: untilSuspected, warmUp: warmUp,
                mostPeriods: mostPeriods)
        }
    }

    private func detection(
        trial: Int, untilSuspected: Bool, warmUp: Int, mostPeriods: Int
    ) -> Detection {
        var simulator = cluster(trial: trial)
        var generator = generator(trial: trial)
        let victim = NodeID(place: Int(generator.next(below: UInt64(nodes))))
        let phase = Int64(generator.next(below: UInt64(settings.period.nanoseconds)))
        let crash =
            Moment(nanoseconds: 0) + settings.period * Int64(warmUp) + Span(nanoseconds: phase)
        drain(&simulator, until: crash)
        simulator.inflict(.crash(victim))
        var result = Detection(load: load(of: simulator))
        var hasDoubt = [Bool](repeating: false, count: nodes)
        var (doubting, knowing) = (0, 0)
        var wronged: (suspected: Set<NodeID>, dead: Set<NodeID>) = ([], [])
        while (untilSuspected ? doubting : knowing) < nodes - 1,
            let occurrence = simulator.next(until: crash + settings.period * Int64(mostPeriods))
        {
            guard case .event(.changed(let subject, let state), let node, let now) = occurrence
            else { continue }
            guard subject == victim else {
                if state.status == .suspect { wronged.suspected.insert(subject) }
                if state.status == .dead { wronged.dead.insert(subject) }
                continue
            }
            if state.isAlive { continue }
            if !hasDoubt[node.place] {
                hasDoubt[node.place] = true
                doubting += 1
                result.suspected = result.suspected ?? now - crash
                if doubting == nodes - 1 { result.suspectedByAll = now - crash }
            }
            guard state.status == .dead else { continue }
            knowing += 1
            result.dead = result.dead ?? now - crash
            if knowing == nodes - 1 { result.deadToAll = now - crash }
        }
        result.falseSuspicions = wronged.suspected.count
        result.falseDeaths = wronged.dead.count
        result.load = load(of: simulator)
        return result
    }
}
