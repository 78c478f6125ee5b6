public import Quantities
import ShenRing
import StateMachines

/// What the engine does where nobody says, for those who judge claims about it.
public enum EngineDefaults {
    /// Points of a member on a ring.
    public static let virtualNodes = AnkhRing.defaultVirtualNodes
    /// Between two rounds of a node's gossip.
    public static let gossipPeriod = Nanoseconds(Double(SundialSettings().period.nanoseconds))
}
