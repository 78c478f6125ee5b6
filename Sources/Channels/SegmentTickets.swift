/// The word by which senders share out slots: the segment that they write into, and how many tickets
/// for it have been taken. One addition takes a ticket and says of which segment.
///
/// ```
///  63                 24  23      22                       0
///  ├────────────────────┼────────┼─────────────────────────┤
///  │ address / 256      │ closed │ tickets                 │
///  └────────────────────┴────────┴─────────────────────────┘
///                                 22     16 15             0
///                       where closed: │ slots │ failed sends│
/// ```
///
/// A ticket below the segment's capacity is a slot. Any other is a reference to the segment, which
/// its holder gives back; there are at most as many of them as threads that send. Because the
/// word is never looked at and then acted upon, but taken from, no later life of a segment at the same
/// address can be mistaken for an earlier one.
@frozen @usableFromInline
struct SendTickets {
    @usableFromInline let word: UInt64

    @inlinable @inline(__always)
    init(_ word: UInt64) {
        self.word = word
    }

    /// - Parameter address: of a segment: a multiple of 256 below 2⁴⁸.
    @inlinable @inline(__always)
    init(_ address: UInt64, tickets: UInt64) {
        word = address &<< 16 | tickets
    }

    @inlinable static var closedBit: UInt64 { 1 &<< 23 }

    /// Of the segment that is written into.
    @inlinable var address: UInt64 { @inline(__always) get { word &>> 16 & ~0xFF } }

    /// The ticket of whoever found this word and added 1; not below any capacity where closed.
    @inlinable var tickets: UInt64 { @inline(__always) get { word & 0xFF_FFFF } }

    /// Whether the channel is closed for sending: then a ticket is nothing, and taken back.
    @inlinable var isClosed: Bool { @inline(__always) get { word & Self.closedBit != 0 } }

    /// How many slots of the segment have a sender.
    @inlinable
    func slots(of capacity: UInt64) -> UInt64 {
        isClosed ? word &>> 16 & 0x7F : min(tickets, capacity)
    }

    /// The word of a closed channel, which keeps how many slots have a sender.
    @inlinable
    func closed(_ capacity: UInt64) -> SendTickets {
        SendTickets(address, tickets: Self.closedBit | slots(of: capacity) &<< 16)
    }
}

/// The word by which many receivers share out slots: the segment that they read from, how many
/// tickets for it have been taken, and how many receivers only look (*peeks*).
///
/// ```
///  63                 24 23        12 11         0
///  ├────────────────────┼────────────┼────────────┤
///  │ address / 256      │ peeks      │ tickets    │
///  └────────────────────┴────────────┴────────────┘
/// ```
///
/// Tickets are as in `SendTickets`. A peek is a reference to the segment, too: while it is held the
/// address means this life of the segment and no other.
@frozen @usableFromInline
struct ReceiveTickets {
    @usableFromInline let word: UInt64

    @inlinable @inline(__always)
    init(_ word: UInt64) {
        self.word = word
    }

    /// - Parameter address: as in `SendTickets`.
    @inlinable @inline(__always)
    init(_ address: UInt64, tickets: UInt64) {
        word = address &<< 16 | tickets
    }

    /// What a peek adds.
    @inlinable static var peek: UInt64 { 1 &<< 12 }

    /// References of one sort from which on there are too many threads at one end: far from what
    /// would run over into the next field, since a thread takes one at a time.
    @inlinable static var most: UInt64 { 3072 }

    @inlinable var address: UInt64 { @inline(__always) get { word &>> 16 & ~0xFF } }

    @inlinable var tickets: UInt64 { @inline(__always) get { word & 0xFFF } }

    @inlinable var peeks: UInt64 { word &>> 12 & 0xFFF }

    /// Whether `known`, which has seen senders, is of the same segment, and ahead.
    @inlinable @inline(__always)
    func isBehind(_ known: ReceiveTickets) -> Bool {
        (word ^ known.word) &>> 24 == 0 && tickets < known.tickets
    }
}
