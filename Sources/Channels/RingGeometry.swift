/// The numbers of a `BlockLayout`, for the code that is not specialised by the element.
@frozen @usableFromInline
struct BlockShape {
    @usableFromInline let blockBytes: Int
    @usableFromInline let slotsPerBlock: Int
    @usableFromInline let stride: Int
    @usableFromInline let lapShift: Int
    @usableFromInline let prefetchBytes: Int

    @inlinable
    init<Element: ~Copyable>(_ layout: BlockLayout<Element>.Type) {
        blockBytes = layout.blockBytes
        slotsPerBlock = layout.slotsPerBlock
        stride = layout.stride
        lapShift = layout.lapShift
        prefetchBytes = layout.prefetchBytes
    }
}

/// What never changes once a ring is made. Addresses are of the ring's own allocation.
@safe @frozen @usableFromInline
struct RingGeometry {
    /// First byte behind the last block.
    @usableFromInline let end: UnsafeMutableRawPointer
    /// The first block.
    @usableFromInline let firstBlock: UnsafeMutableRawPointer
    /// The slot that a lap begins with: not the block's first when the capacity is no multiple of
    /// a block's slots.
    @usableFromInline let firstSlot: UnsafeMutableRawPointer
    /// What is added to a token on the way from the last block to the first, beyond what is added
    /// between any two blocks.
    @usableFromInline let tokensPerTurn: UInt32
    /// Whether an end must fence after each publication before it looks for sleepers, because the
    /// kernel offers no barrier that the sleeper could impose on it.
    @usableFromInline let fences: Bool
    /// Elements that the ring holds.
    @usableFromInline let capacity: Int
    /// Blocks that a batch fills before it publishes them: so many that the consumer stays away
    /// from the lines that are being written, and few enough that both work at the same time.
    @usableFromInline let blocksPerBatch: Int
    /// Number of blocks.
    let blocks: Int
    /// Bytes of the whole allocation.
    let byteCount: Int
    /// The lap in which tokens and `blockStart` begin.
    @usableFromInline let firstLap: UInt64
    let shape: BlockShape

    init(
        capacity: Int, shape: BlockShape, firstBlock: UnsafeMutableRawPointer, byteCount: Int,
        firstLap: UInt64, fences: Bool
    ) {
        self.byteCount = byteCount
        blocks = Self.blocks(capacity, shape)
        blocksPerBatch = min(max(blocks / 2, 1), 64)
        self.capacity = capacity
        self.firstLap = firstLap
        self.fences = fences
        self.shape = shape
        let missing = blocks * shape.slotsPerBlock - capacity
        tokensPerTurn = 1 &<< UInt32(shape.lapShift) &+ UInt32(missing)
        // Sound: the blocks are in the allocation; the first one has at least one slot.
        unsafe self.firstBlock = firstBlock
        unsafe firstSlot =
            firstBlock + shape.blockBytes - (shape.slotsPerBlock - missing) * shape.stride
        unsafe end = firstBlock + blocks * shape.blockBytes
    }

    /// Blocks for so many elements.
    static func blocks(_ capacity: Int, _ shape: BlockShape) -> Int {
        (capacity - 1) / shape.slotsPerBlock + 1
    }

    /// Number, counted from 1, of the slot that a lap begins with in the first block.
    var firstNumber: UInt32 {
        tokensPerTurn &- 1 &<< UInt32(shape.lapShift) &+ 1
    }

    /// Slots of all blocks, as if the first one were full.
    var slotsPerLap: UInt64 {
        UInt64(blocks) * UInt64(shape.slotsPerBlock)
    }

    /// `blockStart` of an end that has done nothing.
    var firstBlockStart: UInt64 {
        firstLap * slotsPerLap
    }

    /// The token of a block in the lap of `blockStart` while none of its slots is done.
    func token(at blockStart: UInt64) -> UInt32 {
        UInt32(truncatingIfNeeded: blockStart / slotsPerLap) &<< UInt32(shape.lapShift)
    }

    /// Which block `blockStart` is about.
    func block(at blockStart: UInt64) -> Int {
        Int(blockStart % slotsPerLap) / shape.slotsPerBlock
    }

    /// How many elements an end has passed that is in the block of `blockStart`, whose word says
    /// `token`. A word of an earlier lap says that the end has done nothing here yet.
    func elements(before blockStart: UInt64, _ token: UInt32) -> UInt64 {
        let missing = slotsPerLap - UInt64(capacity)
        let laps = blockStart / slotsPerLap - firstLap
        let done = Int32(bitPattern: token &- self.token(at: blockStart))
        let least = block(at: blockStart) == 0 ? Int(missing) : 0
        let inBlock = UInt64(min(max(Int(done), least), shape.slotsPerBlock))
        return blockStart - firstBlockStart + inBlock - (laps + 1) * missing
    }
}
