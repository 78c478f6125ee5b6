public import Simulation
public import StateMachines

extension FaultMix {
    /// Faults of every kind that a protocol of majorities has to bear: at most a minority of `nodes` nodes
    /// is away at once, and no disk is lost.
    public static func minority(
        of nodes: Int, every interval: Span, lasting duration: ClosedRange<Span>
    ) -> FaultMix {
        FaultMix(interval: interval, duration: duration, mostAway: max(0, (nodes - 1) / 2))
    }
}
