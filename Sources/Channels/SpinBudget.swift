/// How many polls an end that learns spends on a wait before it sleeps. See `AdaptiveWait` for the
/// rule.
///
/// One word of the end's own line holds it between waits: nobody else reads it, and a wait that
/// finds what it wants at once never looks at it.
@frozen @usableFromInline
struct SpinBudget: Equatable {
    /// Polls before the next sleep.
    @usableFromInline var polls: Int
    /// Sleeps since the last try.
    @usableFromInline var sleeps: Int
    /// The most that `polls` becomes.
    @usableFromInline let most: Int

    /// Sleeps until an end that has learnt not to spin tries again. A try that fails costs twice
    /// its polls, since halving ends it: at 20 µs a try, less than a microsecond for each sleep.
    @inlinable static var sleepsPerTry: Int { 64 }

    /// What an end kept in its word, which is 0 before its first wait.
    ///
    /// - Parameter most: at least 0; counted as 65534 if it is more.
    @inlinable
    init(_ word: UInt32, most: Int) {
        self.most = min(most, 0xFFFE)
        sleeps = Int(word >> 16)
        polls = word == 0 ? Self.tried(of: self.most) : min(Int(word & 0xFFFF) - 1, self.most)
    }

    /// What an end keeps: never 0.
    @inlinable var word: UInt32 {
        UInt32(truncatingIfNeeded: sleeps << 16 | (polls + 1))
    }

    /// Polls of a first wait, and of a try: a fifth of the most.
    @inlinable
    static func tried(of most: Int) -> Int { min(most, max(1, most / 5)) }

    /// A wait came to its end after so many polls, without sleep.
    @inlinable
    mutating func wasEnough(_ polls: Int) {
        self.polls = min(most, max(self.polls, 2 * polls))
    }

    /// A wait has polled in vain and goes to sleep.
    @inlinable
    mutating func wasInVain() {
        polls /= 2
        sleeps += 1
        if sleeps == Self.sleepsPerTry {
            sleeps = 0
            polls = max(polls, Self.tried(of: most))
        }
    }
}
