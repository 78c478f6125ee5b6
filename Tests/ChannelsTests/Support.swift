import Synchronization

@testable import Channels

/// A lap from which a channel of these elements needs `laps` more until its tokens wrap.
func lap<Element>(_ laps: UInt64, beforeTokensWrapFor _: Element.Type) -> UInt64 {
    1 << UInt64(32 - BlockLayout<Element>.lapShift) - laps
}

/// Goes to sleep at the first fruitless look: every wait is a chance to lose a wake-up.
enum ParkAtOnce: ParkingWait {
    static var spins: Int { 0 }
    static var yields: Int { 0 }
}

/// Learns within few polls whether to poll at all.
enum AdaptAtOnce: ParkingWait {
    static var spins: Int { 10 }
    static var yields: Int { 0 }
    static var adapts: Bool { true }
}

/// Yields at the first fruitless look.
enum YieldAtOnce: WaitStrategy {
    static var spins: Int { 0 }
    static var yields: Int { .max }
    static var parks: Bool { false }
}

/// Counts how often its tokens are destroyed.
final class DeinitCounter: Sendable {
    private let madeTokens = Atomic<Int>(0)
    private let destroyedTokens = Atomic<Int>(0)

    var made: Int { madeTokens.load(ordering: .sequentiallyConsistent) }

    var destroyed: Int { destroyedTokens.load(ordering: .sequentiallyConsistent) }

    /// An element whose end is counted once.
    struct Token: ~Copyable, Sendable {
        let number: Int
        let counter: DeinitCounter

        deinit {
            counter.destroyedTokens.add(1, ordering: .sequentiallyConsistent)
        }
    }

    func token(_ number: Int) -> Token {
        madeTokens.add(1, ordering: .sequentiallyConsistent)
        return Token(number: number, counter: self)
    }
}

/// The number of a token, which ends here.
func number(of token: consuming DeinitCounter.Token?) -> Int? {
    switch consume token {
    case .some(let token): token.number
    case .none: nil
    }
}
