import CNilometerShims

/// Where one end stands: a block, the next slot in it, and the token of that slot's completion.
///
/// A value of three words that live in registers while an end is used in a loop. (The slot's
/// address follows from the token; but computing it from there costs 20 % of a send and a receive.)
@safe @frozen @usableFromInline
struct Cursor<Element: ~Copyable, Atomics: AtomicsProvider> {
    @usableFromInline typealias Layout = BlockLayout<Element>

    @usableFromInline var block: UnsafeMutableRawPointer
    @usableFromInline var slot: UnsafeMutableRawPointer
    /// What the block's word will be when the next slot is done: the lap, and the slot's number in
    /// the block counted from 1.
    @usableFromInline var token: UInt32

    /// The first slot of the ring, in the lap in which its tokens start.
    @usableFromInline
    init(startOf memory: RingMemory<Atomics>) {
        let geometry = memory.geometry
        let nothing = geometry.token(at: geometry.firstBlockStart)
        // Sound: addresses in the ring's first block.
        unsafe block = geometry.firstBlock
        unsafe slot = geometry.firstSlot
        token = nothing &+ geometry.firstNumber
    }

    /// The slot with this token in the block that lies so many bytes behind the first one.
    init(block offset: UInt64, _ token: UInt32, _ memory: RingMemory<Atomics>) {
        let number = Int(token & (Layout.lap &- 1))
        // Sound: addresses in a block of the ring; the number is that of one of its slots.
        unsafe block = memory.firstBlock + Int(offset)
        unsafe slot = block + Layout.slotsOffset + (number - 1) * Layout.stride
        self.token = token
    }

    /// The block's word that the producer writes.
    @inlinable var published: SharedWord<Atomics> {
        // Sound: `allocate` made an atomic at both offsets of every block.
        @inline(__always) get { unsafe SharedWord(at: block + BlockOffset.published) }
    }

    /// The block's word that the consumer writes.
    @inlinable var released: SharedWord<Atomics> {
        // Sound: see `published`.
        @inline(__always) get { unsafe SharedWord(at: block + BlockOffset.released) }
    }

    /// The next slot as memory for an element. Whether it holds one, the tokens say.
    @inlinable var element: UnsafeMutablePointer<Element> {
        // Sound: slots are `stride` apart and aligned; slots are used for nothing else.
        @inline(__always) get {
            unsafe slot.assumingMemoryBound(to: Element.self)
        }
    }

    /// Whether the producer has published the next slot. For the consumer.
    @inlinable var hasElement: Bool {
        @inline(__always) get {
            // Pairs with the producer's releasing store in `publish`: the element is initialised.
            Self.isDone(token, published.loadAcquiring())
        }
    }

    /// Whether the producer has published the next slot; takes its line. For a consumer that waits.
    @inlinable var takesElement: Bool {
        @inline(__always) get {
            // Pairs as in `hasElement`.
            Self.isDone(token, published.takeAcquiring())
        }
    }

    /// Whether the consumer has released the next slot. For the producer.
    @inlinable var hasRoom: Bool {
        @inline(__always) get {
            // Pairs with the consumer's releasing store in `release`: the old element is moved out.
            Self.isDone(token, released.loadAcquiring())
        }
    }

    /// Whether a block whose word says `seen` has come as far as `token`.
    @inlinable @inline(__always)
    static func isDone(_ token: UInt32, _ seen: UInt32) -> Bool {
        Int32(bitPattern: seen &- token) >= 0
    }

    /// Slots from the next one to the end of the block.
    @inlinable var slotsLeft: Int {
        @inline(__always) get {
            guard Layout.isOneLine else { return 1 }
            // Sound: both are addresses in one block; slots end where the block ends.
            return unsafe (Layout.blockBytes &- (slot - block)) / Layout.stride
        }
    }

    /// How many of the slots from the next one on are done by a word of the block, at most `limit`
    /// and to the end of the block. Not positive where none is.
    @inlinable @inline(__always)
    func run(_ seen: UInt32, limit: Int) -> Int {
        let done = Int(Int32(bitPattern: seen &- token)) &+ 1
        return min(done, slotsLeft, limit)
    }

    /// What the block's word that the producer writes will be when all its slots are done.
    @inlinable var lastToken: UInt32 {
        @inline(__always) get {
            token &+ UInt32(truncatingIfNeeded: slotsLeft &- 1)
        }
    }

    /// What the consumer writes when the next `count` slots of the block are empty: a lap ahead, the
    /// slots are free for the next one.
    @inlinable @inline(__always)
    func releasedToken(after count: Int) -> UInt32 {
        token &+ UInt32(truncatingIfNeeded: count &- 1) &+ Layout.lap
    }

    /// How many whole blocks from the next slot on are done by their words at `offset`, at most
    /// `limit` and to the end of the ring; 0 where the next slot does not begin a block.
    ///
    /// Blocks are done in the ring's order, elements moved before the token is written. So one look
    /// at the last one tells of all, and brings what was done with them; the token of one before it
    /// may be on its way still.
    @inlinable @inline(__always)
    func wholeBlocks(
        atMost limit: Int, _ memory: RingMemory<Atomics>, by offset: Int
    ) -> Int {
        // Sound: all are addresses in the ring's blocks, or the one behind the last.
        let toEnd = unsafe (memory.geometry.end - block) / Layout.blockBytes
        let most = min(limit, toEnd)
        guard most > 0, unsafe slot == block + Layout.slotsOffset else { return 0 }
        let last = token &+ UInt32(truncatingIfNeeded: Layout.slotsPerBlock &- 1)
        func isDone(_ index: Int) -> Bool {
            let word = unsafe SharedWord<Atomics>(at: block + index &* Layout.blockBytes + offset)
            // Pairs as in `hasElement` and `hasRoom`.
            return Self.isDone(last, word.loadAcquiring())
        }
        if _fastPath(isDone(most &- 1)) { return most }
        var done = 0
        while done < most &- 1 && isDone(done) { done &+= 1 }
        return done
    }

    /// Goes on by `count` blocks, at most to the end of the ring. The next slot begins a block.
    @inlinable @inline(__always)
    mutating func skip(_ count: Int, _ memory: RingMemory<Atomics>) {
        // Sound: stays in the ring, as in `step`.
        unsafe block += count &* Layout.blockBytes
        if unsafe _slowPath(block == memory.geometry.end) {
            unsafe block = memory.geometry.firstBlock
            unsafe slot = memory.geometry.firstSlot
            token &+= memory.geometry.tokensPerTurn
        } else {
            unsafe slot = block + Layout.slotsOffset
        }
    }

    /// Goes on by `count` slots, at most to the end of the block, and from there to the next block.
    /// `line` is that of the end whose cursor this is.
    @inlinable @inline(__always)
    mutating func advance(
        by count: Int = 1, _ line: EndLine<Atomics>, _ memory: RingMemory<Atomics>
    ) {
        if step(by: count, memory) {
            line.blockStart.add(UInt64(truncatingIfNeeded: Layout.slotsPerBlock))
            prefetch()
        }
    }

    /// As `advance`, and leaves telling others to the caller; whether a block was entered.
    @inlinable @inline(__always)
    mutating func step(by count: Int, _ memory: RingMemory<Atomics>) -> Bool {
        // Sound: stays in the block; slots end where the block ends, which is where a line ends.
        unsafe slot = nilometer_counted_pointer(slot + count &* Layout.stride)
        let isAtEnd =
            unsafe !Layout.isOneLine
            || UInt(bitPattern: slot) & UInt(bitPattern: Layout.lineBytes &- 1) == 0
        if _fastPath(!isAtEnd) {
            token &+= UInt32(truncatingIfNeeded: count)
            return false
        }
        // Behind the last slot of a block comes the first one of the next.
        token &-= UInt32(truncatingIfNeeded: Layout.slotsPerBlock &- count)
        // Sound: `end` is behind the last block, so that what begins before it is a whole block.
        unsafe block += Layout.blockBytes
        if unsafe _slowPath(block == memory.geometry.end) {
            // Loaded, not computed: what a rare turn needs is not to occupy a register.
            unsafe block = memory.geometry.firstBlock
            unsafe slot = memory.geometry.firstSlot
            token &+= memory.geometry.tokensPerTurn
        } else {
            // It stands at the end of the old block, which is the beginning of this one.
            unsafe slot += Layout.slotsOffset
        }
        return true
    }

    /// Asks for the line of a block that comes soon. The other end wrote to it long ago.
    @inlinable @inline(__always)
    func prefetch() {
        // Sound: prefetching reads nothing; the memory reaches so far anyway.
        unsafe nilometer_prefetch(block + Layout.prefetchBytes)
    }

    /// Asks for the line that lies so far ahead of a block of a batch, to write it, unless it is
    /// behind the batch: both ends write every line that they visit.
    @inlinable @inline(__always)
    static func prefetch(
        _ block: UnsafeMutableRawPointer, ahead: Int, before end: UnsafeMutableRawPointer
    ) {
        // Sound: prefetching reads nothing; the memory reaches so far.
        if unsafe block + ahead < end { unsafe nilometer_prefetch_for_writing(block + ahead) }
    }
}
