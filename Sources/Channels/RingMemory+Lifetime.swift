extension RingMemory {
    /// Makes the memory of an empty ring whose tokens start in lap `firstLap` (tests start near the
    /// end of the 32 bits). Touches every page, so that no send faults. O(capacity).
    @usableFromInline
    static func allocate(
        capacity: Int, shape: BlockShape, firstLap: UInt64, parks: Bool, imposesBarriers: Bool
    ) -> Self {
        let fences = parks && !(imposesBarriers && Atomics.registerFenceEverywhere())
        let blocks = RingGeometry.blocks(capacity, shape)
        let bytes = blocksOffset + blocks * shape.blockBytes + shape.prefetchBytes
        PhysicalMemory.require(bytes)
        // Sound: everything below is written inside these bytes, at offsets that respect the
        // alignment: the element's is a divisor of the block's bytes.
        let base = UnsafeMutableRawPointer.allocate(
            byteCount: bytes, alignment: max(128, shape.blockBytes & -shape.blockBytes))
        unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
        let memory = unsafe Self(base: base)
        let geometry = unsafe RingGeometry(
            capacity: capacity, shape: shape, firstBlock: memory.firstBlock, byteCount: bytes,
            firstLap: firstLap, fences: fences)
        unsafe base.initializeMemory(as: RingGeometry.self, to: geometry)
        for end in [memory.producer, memory.consumer] {
            end.blockStart.initialize(to: geometry.firstBlockStart)
            end.waits.initialize(to: 0)
            end.parks.initialize(to: 0)
            end.leftAt.initialize(to: 0)
            end.undestroyedToken.initialize(to: 0)
            end.undestroyedBlock.initialize(to: 0)
            end.refused.initialize(to: 0)
            end.spinBudget.initialize(to: 0)
        }
        memory.producerClosed.initialize(to: 0)
        memory.consumerClosed.initialize(to: 0)
        memory.producerSleeps.word.initialize(to: memory.awake)
        memory.consumerSleeps.word.initialize(to: memory.awake)
        memory.ends.initialize(to: 2)
        memory.references.initialize(to: 2)
        let nothing = geometry.token(at: geometry.firstBlockStart)
        for index in 0..<blocks {
            let block = unsafe memory.firstBlock + index * shape.blockBytes
            unsafe SharedWord<Atomics>(at: block).initialize(to: nothing)
            unsafe SharedWord<Atomics>(at: block + 4)
                .initialize(to: nothing &+ UInt32(shape.slotsPerBlock))
        }
        return memory
    }

    /// Gives back one reference; the last one frees the memory. No element may be left in it.
    func release() {
        guard references.release() else { return }
        // Sound: nobody else has a reference. Atomics of integers need no destruction.
        unsafe Atomics.deallocate(base, byteCount: geometry.byteCount)
    }

    /// Says that the producer sends no more, wakes a consumer that sleeps, and drops the end.
    @usableFromInline
    func closeProducer<Element: ~Copyable>(_: Element.Type) {
        // Pairs with the acquiring load in `Wait.isOtherGone`, which then sees the last token.
        producerClosed.storeReleasing(1)
        consumerSleeps.wakeNow(awake: awake)
        dropEnd(Element.self)
    }

    /// Says that the consumer receives no more, makes every slot look occupied, so that the
    /// producer finds out at its next send without ever having to look at a flag, and wakes a
    /// producer that sleeps. O(capacity).
    @usableFromInline
    func closeConsumer<Element: ~Copyable>(at cursor: Cursor<Element, Atomics>) {
        consumer.leftAt.storeRelaxed(cursor.token)
        // Pairs with the acquiring load in `Wait.isOtherGone` and `Producer.isClosed`.
        consumerClosed.storeReleasing(1)
        // A quarter of the number circle behind: occupied in every lap that may come.
        let occupied = cursor.token &- (1 << 30)
        // Sound: the blocks lie between these addresses; the tokens are this end's to write.
        var block = unsafe firstBlock
        let end = unsafe geometry.end
        while unsafe block != end {
            // Pairs with the acquiring load in `Cursor.hasRoom`: a producer that finds no room
            // because of this finds the flag, too.
            unsafe SharedWord<Atomics>(at: block + BlockOffset.released)
                .storeReleasing(occupied)
            unsafe block += BlockLayout<Element>.blockBytes
        }
        producerSleeps.wakeNow(awake: awake)
    }

    /// Drops the consumer, which is closed, and destroys what it has not received.
    @usableFromInline
    func dropConsumer<Element: ~Copyable>(at cursor: Cursor<Element, Atomics>) {
        var cursor = cursor
        destroyElements(&cursor)
        // Both are for `dropEnd`, whose count of ends orders them.
        consumer.undestroyedToken.storeRelaxed(cursor.token)
        unsafe consumer.undestroyedBlock.add(UInt64(cursor.block - firstBlock))
        dropEnd(Element.self)
    }

    /// Gives up an end that is closed. The second one destroys what a send put into the ring while
    /// the consumer went away.
    private func dropEnd<Element: ~Copyable>(_: Element.Type) {
        if ends.release() {
            var cursor = Cursor<Element, Atomics>(
                block: consumer.undestroyedBlock.loadAcquiring(),
                consumer.undestroyedToken.loadRelaxed(), self)
            destroyElements(&cursor)
        }
        release()
    }

    /// Destroys what is published from `cursor` on. For who has the consumer's rights, and will
    /// not release the slots: nothing is sent any more.
    private func destroyElements<Element: ~Copyable>(_ cursor: inout Cursor<Element, Atomics>) {
        while cursor.hasElement {
            // Sound: published, and received by nobody; the cursor leaves it behind.
            unsafe Atomics.willRead(cursor.element, count: 1)
            unsafe cursor.element.deinitialize(count: 1)
            _ = cursor.step(by: 1, self)
        }
    }
}
