import Randomness
public import StateMachines

/// How long to wait before trying again what has failed so many times in a row: twice as long each
/// time up to a limit, less a random part of up to a half, so that those who lost a peer together
/// do not all call it again together.
public struct Backoff: Hashable, Sendable {
    /// The first wait, at most.
    public let first: Span
    /// Every wait, at most.
    public let most: Span

    /// Waits from `first` up to `most`.
    public init(first: Span = .milliseconds(10), most: Span = .seconds(1)) {
        precondition(first > .zero && most >= first, "waits from \(first) to \(most)")
        self.first = first
        self.most = most
    }

    /// The wait after so many failures, of which there was one at least.
    func wait(after failures: Int, _ generator: inout Xoshiro256StarStar) -> Span {
        var longest = first
        for _ in 1..<max(failures, 1) where longest < most { longest = min(longest * 2, most) }
        let half = UInt64(longest.nanoseconds / 2)
        return longest - Span(nanoseconds: Int64(generator.next(below: half + 1)))
    }
}
