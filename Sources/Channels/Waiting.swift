/// How a wait ended.
@frozen @usableFromInline
enum WaitOutcome: UInt8 {
    /// What was waited for was there at the first poll.
    case ready
    /// What was waited for came.
    case waited
    /// The other end is gone, and what was waited for will not come.
    case closed
    /// What was waited for did not come in time.
    case timedOut
}

/// A wait strategy's numbers, for the code that is not specialised by it.
@frozen @usableFromInline
struct Patience {
    @usableFromInline var spins: Int
    @usableFromInline let yields: Int
    @usableFromInline let parks: Bool
    @usableFromInline let adapts: Bool

    @inlinable
    init<Wait: WaitStrategy>(_: Wait.Type) {
        spins = Wait.spins
        yields = Wait.yields
        parks = Wait.parks
        adapts = Wait.adapts
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
struct RingWait<Atomics: AtomicsProvider>: @unchecked Sendable {
    // Sendable as `RingMemory`, and the word is an atomic.
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

    /// Where the waiting end sleeps.
    @inlinable var place: SleepPlace<Atomics> {
        isConsumer ? memory.consumerSleeps : memory.producerSleeps
    }

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

    /// Sleeps until woken or until the deadline, unless there is something to see already.
    @inlinable
    func park(until deadline: Deadline) {
        let awake = memory.awake
        place.announce(SleepPlace<Atomics>.asleep, awake: awake)
        if !isOpen() && !isOtherGone() {
            line.parks.add(1)
            _ = place.word.sleep(
                while: awake | SleepPlace<Atomics>.asleep, until: deadline.nanoseconds)
        }
        place.word.storeRelaxed(awake)
    }

    /// Polls, pauses, yields and sleeps until the slot is open, the other end gone, or the deadline
    /// past: one fruitless look was before.
    @inlinable
    func outcome(
        _ strategy: Patience, pauses: Int, until deadline: Deadline = .never
    ) -> WaitOutcome {
        line.waits.add(1)
        var patience = strategy
        if strategy.adapts { patience.spins = learnt(strategy).polls }
        var polls = 0
        while true {
            if isOtherGone() { return isOpen() ? .waited : .closed }
            if deadline.hasPassed(Atomics.self) { return .timedOut }
            polls += 1
            switch patience.step(after: polls) {
            case .pause:
                for _ in 0..<pauses { Atomics.pause() }
            case .yield:
                Atomics.yield()
            case .park:
                if strategy.adapts { patience.spins = learn(strategy) { $0.wasInVain() } }
                park(until: deadline)
                polls = 0
            }
            if isOpen() {
                if strategy.adapts, polls > 0 { _ = learn(strategy) { $0.wasEnough(polls) } }
                return .waited
            }
        }
    }

    @inlinable
    func learnt(_ strategy: Patience) -> SpinBudget {
        // Relaxed, here and below: only this end writes or reads it.
        SpinBudget(line.spinBudget.loadRelaxed(), most: strategy.spins)
    }

    /// Changes what the end has learnt; returns how many polls its next wait has.
    @inlinable
    func learn(_ strategy: Patience, _ change: (inout SpinBudget) -> Void) -> Int {
        var budget = learnt(strategy)
        change(&budget)
        line.spinBudget.storeRelaxed(budget.word)
        return budget.polls
    }
}

extension RingMemory {
    /// Pauses between two polls of a consumer. It polls by taking the line: the producer's next
    /// store then costs one transfer, where a line that both hold costs the invalidation of one copy
    /// and then the transfer of another. Two pauses leave the producer time to use the line.
    @inlinable static var consumerPauses: Int { 2 }

    /// Pauses between two polls of a producer. It polls seldom, and with loads: the consumer is busy
    /// with those lines, and by the time it has been left alone there will be room for more than
    /// one element.
    @inlinable static var producerPauses: Int { 8 }

    /// Waits until the producer has published the slot with this token, or is gone.
    @inlinable @inline(never)
    func waitForElement(
        _ published: SharedWord<Atomics>, _ token: UInt32, _ patience: Patience
    ) -> WaitOutcome {
        RingWait(self, published, token, isConsumer: true)
            .outcome(patience, pauses: Self.consumerPauses)
    }

    /// Waits until the consumer has released the slot with this token, or is gone.
    @inlinable @inline(never)
    func waitForRoom(
        _ released: SharedWord<Atomics>, _ token: UInt32, _ patience: Patience
    ) -> WaitOutcome {
        let wait = RingWait(self, released, token, isConsumer: false)
        return wait.isOpen() ? .ready : wait.outcome(patience, pauses: Self.producerPauses)
    }

    /// As `waitForElement` and `waitForRoom`, for `timeout` at most: a single look where that is
    /// not positive. What is there at the first look costs no look at the clock.
    @inlinable @inline(never)
    func wait(
        for wait: RingWait<Atomics>, _ patience: Patience, timeout: Duration
    ) -> WaitOutcome {
        if wait.isOpen() { return .ready }
        guard timeout > .zero else {
            guard wait.isOtherGone() else { return .timedOut }
            return wait.isOpen() ? .waited : .closed
        }
        return wait.outcome(
            patience, pauses: wait.isConsumer ? Self.consumerPauses : Self.producerPauses,
            until: Deadline(after: timeout, Atomics.self))
    }

    /// What a sleeping place's word is while its end is awake.
    @inlinable var awake: UInt32 { geometry.fences ? SleepPlace<Atomics>.needsFence : 0 }

    /// Wakes the end with this place if it sleeps: for strategies that park, after each token.
    @inlinable @inline(__always)
    func wake(_ place: SleepPlace<Atomics>) {
        // The processor's half of this barrier comes from the sleeper (see `SleepPlace.announce`).
        Atomics.fenceCompiler()
        if _slowPath(place.word.loadRelaxed() != 0) { place.wakeNow(awake: awake) }
    }
}
