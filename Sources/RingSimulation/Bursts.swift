import Randomness
import StateMachines

/// Whether a simulated node takes messages that come close together as one turn, as a real one does when it
/// finds several in its sockets.
enum Bursts {
    /// The width of a turn: in one seed of three, 400 µs; none in the others. Drawn apart from all else that
    /// a seed decides, so that nothing else changes with it.
    static func drawn(by seed: Seed) -> Span? {
        var generator = seed.derived(for: "burst").generator()
        return generator.next(below: 3) == 0 ? .microseconds(400) : nil
    }
}
