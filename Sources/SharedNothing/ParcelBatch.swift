import Channels

/// What a worker has taken out of its inbox at once and not come to yet: the worker's own.
@safe @frozen @usableFromInline
struct ParcelBatch<Message: Sendable, Response: Sendable>: ~Copyable {
    @usableFromInline typealias Parcel = Envelope<Message, Response>

    @usableFromInline var memory: UnsafeMutableBufferPointer<Parcel>
    /// Of the parcels in `memory`, those from `next` to `end` are there.
    @usableFromInline var next = 0
    @usableFromInline var end = 0

    /// Empty, without memory.
    @inlinable
    init() {
        unsafe memory = UnsafeMutableBufferPointer(start: nil, count: 0)
    }

    // Inlinable for the reason given in StateSlot.swift.
    @inlinable
    deinit {
        // Sound: initialised from `next` to `end`; memory of no size may be nil.
        unsafe UnsafeMutableBufferPointer(rebasing: memory[next..<end]).deinitialize()
        unsafe memory.deallocate()
    }

    /// How many there are.
    @inlinable var count: Int {
        @inline(__always) get { end &- next }
    }

    /// Takes the oldest out. There has to be one.
    @inlinable @inline(__always)
    mutating func take() -> Parcel {
        precondition(next < end, "a parcel is taken out of an empty batch")
        // Sound: it is there, and is not after this.
        let parcel = unsafe (memory.baseAddress.unsafelyUnwrapped + next).move()
        next &+= 1
        return parcel
    }

    /// Fills the empty batch with what the inbox has, up to `most`.
    @inlinable
    mutating func fill<Wait: InboxWait>(
        from inbox: inout MPSCChannel<Parcel, Wait>.Consumer, upTo most: Int
    ) {
        precondition(count == 0, "a batch is taken while there is one in hand")
        if _slowPath(unsafe memory.count < most) {
            // Sound: nothing in it is initialised.
            unsafe memory.deallocate()
            unsafe memory = .allocate(capacity: most)
        }
        let room = unsafe UnsafeMutableBufferPointer(rebasing: memory[..<most])
        // Sound: nothing in it is initialised; what is received is, and is counted.
        var output = unsafe OutputSpan(buffer: room, initializedCount: 0)
        _ = inbox.tryReceiveBatch(into: &output)
        next = 0
        end = unsafe output.finalize(for: room)
    }
}
