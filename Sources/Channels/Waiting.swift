/// How a wait ended.
@frozen @usableFromInline
enum WaitOutcome: UInt8 {
    /// What was waited for was there at the first poll.
    case ready
    /// What was waited for came.
    case waited
    /// The other end is gone, and what was waited for will not come.
    case closed
}

/// A wait strategy's numbers, for the code that is not specialised by it.
@frozen @usableFromInline
struct Patience {
    @usableFromInline let spins: Int
    @usableFromInline let yields: Int
    @usableFromInline let parks: Bool

    @inlinable
    init<Wait: WaitStrategy>(_: Wait.Type) {
        spins = Wait.spins
        yields = Wait.yields
        parks = Wait.parks
    }

    /// What to do after so many fruitless polls.
    @frozen @usableFromInline
    enum Step {
        case pause, yield, park
    }

    @inlinable
    func step(after polls: Int) -> Step {
        if polls <= spins || (yields == 0 && !parks) { return .pause }
        return polls - spins <= yields || !parks ? .yield : .park
    }
}

/// A wait of one end for one token of the other. The waiting end holds the ring's memory.
@frozen @usableFromInline
struct RingWait<Atomics: AtomicsProvider> {
    @usableFromInline let memory: RingMemory<Atomics>
    @usableFromInline let word: SharedWord<Atomics>
    @usableFromInline let token: UInt32
    @usableFromInline let isConsumer: Bool

    @inlinable
    init(
        _ memory: RingMemory<Atomics>, _ word: SharedWord<Atomics>, _ token: UInt32,
        isConsumer: Bool
    ) {
        self.memory = memory
        self.word = word
        self.token = token
        self.isConsumer = isConsumer
    }

    /// The waiting end's own line.
    @inlinable var line: EndLine<Atomics> { isConsumer ? memory.consumer : memory.producer }

    /// Whether the slot is open to this end.
    @inlinable @inline(__always)
    func isOpen() -> Bool {
        // Pairs with the releasing store in `Producer.publish` and `Consumer.release`.
        let seen = isConsumer ? word.takeAcquiring() : word.loadAcquiring()
        return Int32(bitPattern: seen &- token) >= 0
    }

    /// Whether the other end is gone.
    @inlinable @inline(__always)
    func isOtherGone() -> Bool {
        // Pairs with the releasing stores in `closeProducer` and `closeConsumer`, which come after
        // the other end's last token: a look at the token after this is the last one needed.
        let flag = isConsumer ? memory.producerClosed : memory.consumerClosed
        return flag.loadAcquiring() != 0
    }

    /// Sleeps until woken, unless there is something to see already.
    @inlinable
    func park() {
        // The sleeper writes its flag, passes a barrier, and looks at the token; the other end writes
        // the token, passes a barrier, and looks at the flag: one of them sees the other. So that
        // publishing costs no fence, the kernel imposes the other end's barrier from here.
        let sleeps = isConsumer ? memory.consumerSleeps : memory.producerSleeps
        let awake = memory.awake
        sleeps.storeRelaxed(awake | RingMemory<Atomics>.asleep)
        if awake == 0 {
            Atomics.fenceEverywhere()
        } else {
            // Pairs with the fence in `wakeNow`.
            Atomics.fenceSequentiallyConsistent()
        }
        if !isOpen() && !isOtherGone() {
            line.parks.add(1)
            sleeps.sleep(while: awake | RingMemory<Atomics>.asleep)
        }
        sleeps.storeRelaxed(awake)
    }

    @inlinable
    func outcome(_ patience: Patience, pauses: Int) -> WaitOutcome {
        line.waits.add(1)
        var polls = 0
        while true {
            if isOtherGone() { return isOpen() ? .waited : .closed }
            polls += 1
            switch patience.step(after: polls) {
            case .pause:
                for _ in 0..<pauses { Atomics.pause() }
            case .yield:
                Atomics.yield()
            case .park:
                park()
                polls = 0
            }
            if isOpen() { return .waited }
        }
    }
}

extension RingMemory {
    /// Waits until the producer has published the slot with this token, or is gone.
    ///
    /// Polls by taking the line: the producer's next store then costs one transfer, where a line
    /// that both hold costs the invalidation of one copy and then the transfer of another. Two
    /// pauses in between leave the producer time to use the line.
    @inlinable @inline(never)
    func waitForElement(
        _ published: SharedWord<Atomics>, _ token: UInt32, _ patience: Patience
    ) -> WaitOutcome {
        RingWait(self, published, token, isConsumer: true)
            .outcome(patience, pauses: 2)
    }

    /// Waits until the consumer has released the slot with this token, or is gone.
    ///
    /// Polls seldom, and with loads: the consumer is busy with those lines, and by the time it has
    /// been left alone there will be room for more than one element.
    @inlinable @inline(never)
    func waitForRoom(
        _ released: SharedWord<Atomics>, _ token: UInt32, _ patience: Patience
    ) -> WaitOutcome {
        let wait = RingWait(self, released, token, isConsumer: false)
        return wait.isOpen() ? .ready : wait.outcome(patience, pauses: 8)
    }

    /// Bit of a futex word: its end sleeps, or is about to.
    @inlinable static var asleep: UInt32 { 1 }

    /// Bit of a futex word: the kernel cannot impose a barrier on this end's other side, which
    /// therefore has to fence after each token, before it looks at the other bit.
    @inlinable static var needsFence: UInt32 { 2 }

    /// What a futex word is while its end is awake.
    @inlinable var awake: UInt32 { geometry.fences ? Self.needsFence : 0 }

    /// Wakes the end with this futex word if it sleeps: for strategies that park, after each token.
    @inlinable @inline(__always)
    func wake(_ sleeps: SharedWord<Atomics>) {
        // The processor's half of this barrier comes from the sleeper (see `Wait.park`).
        Atomics.fenceCompiler()
        if _slowPath(sleeps.loadRelaxed() != 0) { wakeNow(sleeps) }
    }

    @inlinable @inline(never)
    func wakeNow(_ sleeps: SharedWord<Atomics>) {
        // Pairs with the barrier in `Wait.park`. Also for an end that goes away, between its flag
        // and the look at the word.
        Atomics.fenceSequentiallyConsistent()
        // Relaxed: the sleeper finds what it waits for by that word's own ordering.
        guard sleeps.loadRelaxed() & Self.asleep != 0 else { return }
        if sleeps.exchangeRelaxed(awake) & Self.asleep != 0 { sleeps.wakeSleeper() }
    }
}
