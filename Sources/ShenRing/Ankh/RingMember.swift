/// A node that takes part in a ring, and how much of the circle it asks for.
public struct RingMember: Hashable, Sendable {
    /// Who it is; the ring orders its members by it.
    public let name: NodeName
    /// How many shares it takes against a member of weight 1; a ring refuses less than 1.
    public let weight: Int

    /// A member called `name` with `weight` shares.
    public init(_ name: NodeName, weight: Int = 1) {
        self.name = name
        self.weight = weight
    }
}
