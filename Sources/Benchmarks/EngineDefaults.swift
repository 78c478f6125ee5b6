import ShenRing

/// What the engine does where nobody says, for those who judge claims about it.
public enum EngineDefaults {
    /// Points of a member on a ring.
    public static let virtualNodes = AnkhRing.defaultVirtualNodes
}
