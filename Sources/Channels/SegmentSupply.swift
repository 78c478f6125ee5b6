/// Where segments come from, and where they go.
extension SegmentedMemory {
    /// Makes an empty segment. The only place where one is allocated.
    @inlinable @inline(never)
    func makeSegment() -> Segment<Atomics> {
        let geometry = geometry
        // Sound: everything is written inside these bytes, at offsets that respect the alignment.
        let base = UnsafeMutableRawPointer.allocate(
            byteCount: geometry.byteCount, alignment: geometry.alignment)
        let segment = unsafe Segment<Atomics>(at: base)
        precondition(
            segment.address & 0xFF == 0 && segment.address < 1 << 48,
            "a segment at \(String(segment.address, radix: 16)), which does not fit into a ticket")
        segment.next.initialize(to: 0)
        segment.skips.initialize(to: 0)
        segment.left.initialize(to: 0)
        segment.references.initialize(to: 2 * Segment<Atomics>.residence)
        segment.older.initialize(to: 0)
        for number in 0..<geometry.capacity {
            SegmentClaim(segment, number).slot(geometry).state.initialize(to: SlotState.empty)
        }
        segments.addRelaxed(1)
        return segment
    }

    /// Gives a segment back that nobody has a right to.
    @inlinable @inline(never)
    func freeSegment(_ segment: Segment<Atomics>) {
        segments.addRelaxed(.max)
        // Sound: atomics of integers need no destruction, and no element is left.
        unsafe Atomics.deallocate(segment.base, byteCount: geometry.byteCount)
    }

    /// An empty segment: one that was prepared, a used one, or a new one.
    @inlinable
    func takeSegment() -> Segment<Atomics> {
        if let segment = take(from: prepared) { return segment }
        return cleanSegment()
    }

    /// Sees to it that there is a prepared segment, for whoever will need one: a sender does it in the
    /// middle of a segment, when nobody waits for it.
    @inlinable @inline(never)
    func prepareSegment() {
        if prepared.loadRelaxed() == 0 { keep(cleanSegment()) }
    }

    /// Puts an empty segment where the next one who needs it finds it.
    @inlinable
    func keep(_ segment: Segment<Atomics>) {
        var nothing: UInt64 = 0
        if geometry.keepsSegments && prepared.replace(&nothing, by: segment.address) { return }
        recycle(segment)
    }

    @inlinable
    func cleanSegment() -> Segment<Atomics> {
        guard let segment = take(from: spare(0)) ?? take(from: spare(1)) else {
            return makeSegment()
        }
        // Relaxed: whoever gets to know of the segment acquires what released it.
        segment.next.storeRelaxed(0)
        segment.skips.storeRelaxed(0)
        segment.left.storeRelaxed(0)
        segment.references.storeRelaxed(2 * Segment<Atomics>.residence)
        let geometry = geometry
        for number in 0..<geometry.capacity {
            SegmentClaim(segment, number).slot(geometry).state.storeRelaxed(SlotState.empty)
        }
        return segment
    }

    /// The segment at this place, which is then the caller's alone.
    @inlinable
    func take(from place: SegmentCell<Atomics>) -> Segment<Atomics>? {
        // Looked at first: an exchange would take the line away for nothing.
        guard place.loadRelaxed() != 0 else { return nil }
        // Pairs with the compare-exchange in `keep` and `recycle`: all uses of the segment are past.
        let address = place.exchange(0)
        return address == 0 ? nil : Segment(address)
    }

    /// Keeps a segment that nobody has a right to, or gives it back.
    @inlinable
    func recycle(_ segment: Segment<Atomics>) {
        if geometry.keepsSegments {
            for index in 0..<2 {
                var nothing: UInt64 = 0
                if spare(index).loadRelaxed() == 0,
                    spare(index).replace(&nothing, by: segment.address)
                {
                    return
                }
            }
        }
        freeSegment(segment)
    }

    /// Gives up so many references to a segment; whoever gives up the last one sees to the segment.
    /// An end that leaves gives up its residence, less the references that its word had handed out.
    @inlinable
    func drop(_ references: UInt64, of segment: Segment<Atomics>) {
        // Pairs with itself: who comes last knows what all others did.
        guard segment.references.add(0 &- references) == references else { return }
        if geometry.hasManyConsumers {
            retire(segment)
        } else {
            // A single consumer leaves a segment when it has emptied all of its slots.
            recycle(segment)
        }
    }

    /// Recycles a segment that both ends have left; puts it on the pile where a receiver still reads.
    @inlinable @inline(never)
    func retire(_ segment: Segment<Atomics>) {
        sweep()
        if isDone(segment) { recycle(segment) } else { pile(segment) }
    }

    /// Recycles what lies on the pile and is done with.
    @inlinable
    func sweep() {
        guard retired.loadRelaxed() != 0 else { return }
        // The whole pile at once: nobody else has it meanwhile, and no address can come back to it.
        var address = retired.exchange(0)
        while address != 0 {
            let segment = Segment<Atomics>(address)
            address = segment.older.loadRelaxed()
            if isDone(segment) { recycle(segment) } else { pile(segment) }
        }
    }

    @inlinable
    func pile(_ segment: Segment<Atomics>) {
        var top = retired.loadRelaxed()
        repeat { segment.older.storeRelaxed(top) } while !retired.replace(&top, by: segment.address)
    }

    /// Whether neither side will touch any slot of a segment again that both ends have left.
    @inlinable
    func isDone(_ segment: Segment<Atomics>) -> Bool {
        let geometry = geometry
        for number in 0..<geometry.capacity {
            let claim = SegmentClaim(segment, number)
            // Pairs with the last stores of both sides.
            switch claim.slot(geometry).state.loadAcquiring() {
            case SlotState.done: continue
            case SlotState.skipped where segment.left.loadAcquiring() & claim.bit != 0: continue
            default: return false
            }
        }
        return true
    }
}
