/// Lets threads sleep until another says that there may be something for them, and costs who says so
/// one load while nobody sleeps.
///
/// Whoever is about to sleep registers by `prepare`, looks once more whether there is anything for
/// it, and then either sleeps or cancels. Whoever changes something calls `wake` after it. One of
/// the two sees the other: the sleeper its change, or it the sleeper.
///
/// So that `wake` needs no fence, the sleeper imposes one on all threads of the process between
/// registering and looking (`membarrier`); where the kernel refuses that, both fence.
///
/// The word says how many threads are registered and not woken yet, and how many have been woken and
/// have not noticed yet (*permits*): together they are the threads between `prepare` and the end of
/// `sleep` or `cancel`. Any thread may use any permit: they are told apart by nothing.
///
/// ```
///  31          16 15            1   0
///  ├─────────────┼───────────────┼───────┤
///  │   permits   │  registered   │ fence │    32 767 threads at most
///  └─────────────┴───────────────┴───────┘
/// ```
///
/// - Source: the event counts of Reed and Kanodia ("Synchronization with eventcounts and
///   sequencers", CACM 1979) as Vyukov's and folly's implementations prepare and cancel; with permits in
///   place of an epoch, so that a thread that was woken and has not run yet costs no second
///   system call. The barrier is that of Dice et al., "Asymmetric Dekker synchronization" (2001).
@safe @frozen @usableFromInline
struct EventCount<Atomics: AtomicsProvider> {
    @usableFromInline let word: SharedWord<Atomics>

    /// - Parameter address: of four bytes that `initialize` makes an atomic of before anything else
    ///   is called, in memory to which the user of this value holds a reference.
    @inlinable @inline(__always)
    init(at address: UnsafeMutableRawPointer) {
        unsafe word = SharedWord(at: address)
    }

    /// Makes the word, with nobody registered.
    ///
    /// - Parameter fences: whether both sides have to fence, because
    ///   `Atomics.registerFenceEverywhere` was not called or has refused.
    func initialize(fences: Bool) {
        word.initialize(to: fences ? Self.needsFence : 0)
    }

    /// That a thread is registered, which it has to use up: by `sleep` or by `cancel`.
    @frozen @usableFromInline
    struct Ticket: ~Copyable {
        @inlinable init() {}
    }

    @inlinable static var needsFence: UInt32 { 1 }
    @inlinable static var one: UInt32 { 2 }
    @inlinable static var registered: UInt32 { 0xFFFE }
    @inlinable static var permit: UInt32 { 0x1_0000 }

    /// Registers the calling thread as one that is to be woken. What it looks at afterwards decides
    /// whether it sleeps.
    @inlinable
    func prepare() -> Ticket {
        let before = word.addRelaxed(Self.one)
        precondition(
            before & Self.registered != Self.registered,
            "more than 32767 threads wait at one end of a channel")
        if before & Self.needsFence == 0 {
            Atomics.fenceEverywhere()
        } else {
            // Pairs with the fence in `wakeNow`.
            Atomics.fenceSequentiallyConsistent()
        }
        return Ticket()
    }

    /// Takes the registration back, because there is something for this thread.
    @inlinable
    func cancel(_ ticket: consuming Ticket) {
        _ = leave()
    }

    /// Sleeps until woken, or until the deadline. May return early.
    ///
    /// - Returns: false where the deadline ended it. Look once more all the same.
    @inlinable
    func sleep(_ ticket: consuming Ticket, until deadline: UInt64? = nil) -> Bool {
        while true {
            let seen = word.loadRelaxed()
            if seen >= Self.permit {
                // Pairs with the exchange in `wakeNow`.
                if word.compareExchange(expected: seen, desired: seen &- Self.permit) == seen {
                    return true
                }
            } else if !word.sleep(while: seen, until: deadline) {
                return leave()
            }
        }
    }

    /// Ends a registration by whatever there is for it; whether that is a permit.
    @inlinable
    func leave() -> Bool {
        var seen = word.loadRelaxed()
        while true {
            // While others are registered, a permit is for one of them: it was given because of
            // something that may still be there when this thread has taken something else.
            let isPermit = seen & Self.registered == 0
            let found = word.compareExchange(
                expected: seen, desired: seen &- (isPermit ? Self.permit : Self.one))
            if found == seen { return isPermit }
            seen = found
        }
    }

    /// Wakes so many of the registered threads, or all if there are fewer: to be called after each
    /// change that may be for one of them.
    @inlinable @inline(__always)
    func wake(_ count: UInt32 = 1) {
        // The processor's half of this barrier comes from the sleeper (see `prepare`).
        Atomics.fenceCompiler()
        if _slowPath(word.loadRelaxed() & (Self.registered | Self.needsFence) != 0) {
            wakeNow(count)
        }
    }

    /// As `wake` for one.
    @inlinable @inline(__always)
    func wakeOne() { wake(1) }

    /// As `wake` for all, whatever the barriers: for changes that are seldom.
    @inlinable
    func wakeAll() { wakeNow(.max) }

    @inlinable @inline(never)
    func wakeNow(_ count: UInt32) {
        // Pairs with the barrier in `prepare`.
        Atomics.fenceSequentiallyConsistent()
        // Relaxed: the sleeper finds what it waits for by that word's own ordering.
        var seen = word.loadRelaxed()
        while true {
            let woken = min(count, (seen & Self.registered) / Self.one)
            if woken == 0 { return }
            // Pairs with the exchange in `sleep`: who has a permit sees why it was given.
            let found = word.compareExchange(
                expected: seen, desired: seen &- woken &* Self.one &+ woken &* Self.permit)
            if found == seen {
                word.wakeSleepers(Int32(woken))
                return
            }
            seen = found
        }
    }
}
