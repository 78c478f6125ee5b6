extension Cartouche {
    /// The generation of a token: grows whenever a token is made anew, and never comes twice.
    ///
    /// A majority votes for an epoch and its candidate before the token is minted, as for a term of
    /// Raft (Ongaro and Ousterhout 2014, section 5.2). 0 stands for no token at all.
    public struct Epoch: Hashable, Sendable, Comparable, CustomStringConvertible {
        /// The number.
        public let number: UInt64

        /// The epoch of this number.
        public init(_ number: UInt64) { self.number = number }

        /// Before any token.
        public static var none: Epoch { Epoch(0) }

        /// The largest that is believed: what lies above was not counted up from 0.
        static var limit: Epoch { Epoch(1 << 62) }

        /// The epoch after this one.
        public var next: Epoch { Epoch(number + 1) }

        /// The epoch before this one; none before none.
        var previous: Epoch { Epoch(number - min(number, 1)) }

        /// By number.
        public static func < (left: Epoch, right: Epoch) -> Bool { left.number < right.number }

        /// `e` and the number.
        public var description: String { "e\(number)" }
    }

    /// Where a token is on its way: its epoch, and how often it was passed in that.
    ///
    /// No two tokens that were handed over have the same position, so it tells a token from its copies,
    /// and a later one from an earlier one.
    public struct Position: Hashable, Sendable, Comparable, CustomStringConvertible {
        /// The epoch.
        public let epoch: Epoch
        /// 1 where the token was minted, one more with each pass.
        public let sequence: UInt64

        /// The position after this many passes of an epoch.
        public init(_ epoch: Epoch, _ sequence: UInt64) {
            self.epoch = epoch
            self.sequence = sequence
        }

        /// Before any token.
        static var none: Position { Position(.none, 0) }

        /// The position after one more pass.
        var passed: Position { Position(epoch, sequence + 1) }

        /// By epoch, then by sequence.
        public static func < (left: Position, right: Position) -> Bool {
            (left.epoch, left.sequence) < (right.epoch, right.sequence)
        }

        /// The epoch, a dot and the sequence.
        public var description: String { "\(epoch).\(sequence)" }
    }
}
