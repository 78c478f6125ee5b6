/// Where one end sleeps: the word that says whether it does, and how it is woken where it is not a
/// thread that sleeps in the kernel.
///
/// The handshake is the same for both. Who is about to sleep writes the word, passes a barrier, and
/// looks once more for what it waits for; the other end writes that, passes a barrier, and looks at
/// the word: one of them sees the other. Who then changes the word from asleep to awake, and nobody
/// else, does the waking.
@safe @frozen @usableFromInline
struct SleepPlace<Atomics: AtomicsProvider>: @unchecked Sendable {
    // Sendable because the word is an atomic, and the waker is handed over by it.
    @usableFromInline let base: UnsafeMutableRawPointer

    /// Bytes of a place.
    @inlinable static var byteCount: Int { 24 }

    /// - Parameter base: of memory in which `RingMemory.allocate` has made the word, and to which
    ///   the user of this value holds a reference. All accesses below rest on that.
    @inlinable @inline(__always)
    init(at base: UnsafeMutableRawPointer) {
        unsafe self.base = base
    }

    /// `asleep`, `isTask` and `needsFence`, each set or not.
    @inlinable var word: SharedWord<Atomics> {
        @inline(__always) get { unsafe SharedWord(at: base) }
    }

    /// How to wake the end while its word says that it is a task that sleeps.
    private var waker: UnsafeMutablePointer<Waker> {
        unsafe (base + 8).assumingMemoryBound(to: Waker.self)
    }

    /// Bit of the word: the end sleeps, or is about to.
    @inlinable static var asleep: UInt32 { 1 }

    /// Bit of the word: the kernel cannot impose a barrier on this end's other side, which
    /// therefore has to fence after each token, before it looks at the other bits.
    @inlinable static var needsFence: UInt32 { 2 }

    /// Bit of the word, beside `asleep`: the end is a task, and its waker says how to wake it.
    @inlinable static var isTask: UInt32 { 4 }

    /// Says that the end is about to sleep. A look for what it waits for has to follow.
    ///
    /// - Parameter awake: what the word is while the end is awake.
    @inlinable
    func announce(_ kind: UInt32, awake: UInt32) {
        // Releasing, for the waker; a thread needs no more than the barrier.
        word.storeReleasing(awake | kind)
        if awake == 0 {
            // So that publishing costs no fence, the kernel imposes the other end's from here.
            Atomics.fenceEverywhere()
        } else {
            // Pairs with the fence in `wakeNow`.
            Atomics.fenceSequentiallyConsistent()
        }
    }

    /// Says that the end is a task that is about to sleep, and leaves its waker. A look for what it
    /// waits for has to follow, and `takeBack` if that finds something.
    func announce(_ waker: Waker, awake: UInt32) {
        // Sound: the waker's place is this end's own while the word says that it is awake.
        unsafe Atomics.willWrite(self.waker, count: 1)
        unsafe self.waker.initialize(to: waker)
        announce(Self.asleep | Self.isTask, awake: awake)
    }

    /// Says that the end is awake after all; false where somebody has called its waker, or will.
    func takeBack(awake: UInt32) -> Bool {
        // Relaxed: what a waker that is not called had to tell, its owner knows.
        word.exchangeRelaxed(awake) & Self.asleep != 0
    }

    /// Wakes the end if it sleeps. Out of line: what the word says is seldom anything but 0.
    @inlinable @inline(never)
    func wakeNow(awake: UInt32) {
        // Pairs with the barrier in `announce`. Also for an end that goes away, between its flag and
        // the look at the word, and for a task's cancelling.
        Atomics.fenceSequentiallyConsistent()
        // Relaxed: a thread finds what it waits for by that word's own ordering.
        var seen = word.loadRelaxed()
        while seen & Self.asleep != 0 {
            // Pairs with the releasing store in `announce`: the waker is there.
            let found = word.compareExchange(expected: seen, desired: awake)
            if found == seen {
                if seen & Self.isTask != 0 { wakeTask() } else { word.wakeSleepers(1) }
                return
            }
            seen = found
        }
    }

    @usableFromInline
    func wakeTask() {
        // Sound: initialised before the word said so, and left alone until the end is woken.
        unsafe Atomics.willRead(waker, count: 1)
        unsafe waker.pointee.wake()
    }
}

/// How to wake an end that is not a thread that sleeps in the kernel: called once, by any thread.
@safe @usableFromInline
struct Waker {
    private let function: @convention(c) (UnsafeMutableRawPointer) -> Void
    private let context: UnsafeMutableRawPointer

    /// - Parameters:
    ///   - context: something that lives until `function` has been called.
    ///   - function: must not wait for anything.
    init(
        _ context: UnsafeMutableRawPointer,
        _ function: @escaping @convention(c) (UnsafeMutableRawPointer) -> Void
    ) {
        unsafe self.context = context
        unsafe self.function = function
    }

    /// A waker that lets a task go on.
    init(resuming continuation: UnsafeContinuation<Void, Never>) {
        // Sound: a continuation is one pointer, here and below.
        let context = unsafe unsafeBitCast(continuation, to: UnsafeMutableRawPointer.self)
        unsafe self.init(context) { context in
            unsafe unsafeBitCast(context, to: UnsafeContinuation<Void, Never>.self).resume()
        }
    }

    fileprivate func wake() {
        unsafe function(context)
    }
}
