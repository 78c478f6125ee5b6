import Channels

/// Something that is made for a wait strategy, which is a type: a closure cannot be generic.
protocol WaitVisitor {
    associatedtype Made
    func make<Wait: WaitStrategy>(_ wait: Wait.Type) -> Made
}

/// The wait strategies in the profiles' words.
enum WaitChoice {
    /// What the `wait` parameter accepts.
    static let names = ["busy-spin", "spin-then-yield", "spin-then-park", "adaptive"]

    /// What `visitor` makes for the strategy called `name`.
    static func make<Visitor: WaitVisitor>(_ name: String, by visitor: Visitor) -> Visitor.Made {
        switch name {
        case "busy-spin": visitor.make(BusySpin.self)
        case "spin-then-yield": visitor.make(SpinThenYield.self)
        case "spin-then-park": visitor.make(SpinThenPark.self)
        case "adaptive": visitor.make(AdaptiveWait.self)
        default: preconditionFailure("wait strategy '\(name)' was accepted but does not exist")
        }
    }
}
