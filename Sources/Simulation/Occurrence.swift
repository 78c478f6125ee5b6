public import StateMachines

/// What a simulation has to tell whoever drives it.
public enum Occurrence<Machine: StateMachine>: Sendable {
    /// A node's machine told its application this, at this moment of the simulator's clock.
    case event(Machine.Event, of: NodeID, at: Moment)
    /// An alarm that was set came.
    case alarm(Int, at: Moment)
    /// A fault that was scheduled came and applied, or a failed sync ended a node's life.
    case fault(Fault, at: Moment)
}
