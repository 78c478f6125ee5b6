import Synchronization

/// Counts tokens that were made, and takes off those that were destroyed.
final class Counted: Sendable {
    private let state = Mutex<(made: Int, destroyed: Int)>((0, 0))

    var made: Int { state.withLock { $0.made } }

    /// Whether none is left.
    var isEven: Bool { state.withLock { $0.made == $0.destroyed } }

    /// An element whose end is counted.
    struct Token: ~Copyable, Sendable {
        private let counted: Counted

        fileprivate init(_ counted: Counted) { self.counted = counted }

        deinit { counted.state.withLock { $0.destroyed += 1 } }
    }

    func token() -> Token {
        state.withLock { $0.made += 1 }
        return Token(self)
    }
}
