import CNilometerShims
import CUring
public import StateMachines
import Storage

/// Turning.
extension EventLoop {
    /// Hands over what was said, waits until something happens, and tells it to `handler`.
    ///
    /// It waits until `moment` at the latest, and not at all where the handler has work. A turn
    /// that waited in vain tells nothing but its end.
    ///
    /// - Throws: `NetworkError.refused(.ring, …)` where the kernel fails the ring, or where the
    ///   ring
    ///   belongs to another thread (`EEXIST`). The loop is of no more use then.
    public mutating func turn<Handler: NetworkHandler & ~Copyable>(
        _ handler: inout Handler, until moment: Moment? = nil
    ) throws(NetworkError) {
        do throws(ErrorNumber) {
            if let carriage {
                try turnCarried(carriage, &handler, until: moment)
            } else {
                try turnRing(&handler, until: moment)
            }
            tellHeld(&handler)
            while let due = timers.takeDue(at: now) { try expire(due.id, due.owner, &handler) }
            tellEnds(&handler)
            handler.turnEnded(on: &self)
        } catch {
            throw .refused(carriage == nil ? .ring : .waiting, error)
        }
    }

    /// Hands over what was said, waits, and tells what the ring has completed.
    private mutating func turnRing<Handler: NetworkHandler & ~Copyable>(
        _ handler: inout Handler, until moment: Moment?
    ) throws(ErrorNumber) {
        try ring.bind()
        try hangBell()
        try flush()
        try wait(handler, until: moment)
        statistics.turns += 1
        now = Clock.now
        // Those that come while these are told are for the next turn, so that timers are heard.
        var ready = ring.ready
        while ready > 0, let completion = ring.next() {
            try take(completion, &handler)
            ready -= 1
        }
        statistics.kernelEntries = ring.entries
    }

    /// Hands over what was said, and waits for nothing. For the last words before a loop is left:
    /// what the kernel does not take at once is lost with the loop.
    public mutating func flushNow() throws(NetworkError) {
        do throws(ErrorNumber) {
            if let carriage {
                try flush()
                return carriage.submit()
            }
            try ring.bind()
            try flush()
            if ring.isPrepared { try ring.enter(.handOver) }
        } catch {
            throw .refused(.ring, error)
        }
    }

    /// Prepares what was left for the turn: sends of what was gathered, receives where they have
    /// ended.
    mutating func flush() throws(ErrorNumber) {
        let table = table
        for slot in awaitingReceive {
            table[slot].isAwaitingReceive = false
            try receive(slot)
        }
        awaitingReceive.removeAll(keepingCapacity: true)
        // For a single send without waiting, a call of its own costs less than an entry of the
        // ring.
        let isAlone =
            awaitingSend.count == 1 && options.waiting != .blocking && carriage == nil
            && !ring.isPrepared
        for slot in awaitingSend {
            table[slot].isAwaitingSend = false
            if isAlone { sendDirectly(slot) }
            try sendGathered(slot)
        }
        awaitingSend.removeAll(keepingCapacity: true)
    }

    /// Waits until there is a completion, the next timer, `moment` or work of the handler's.
    private func wait<Handler: NetworkHandler & ~Copyable>(
        _ handler: borrowing Handler, until moment: Moment?
    ) throws(ErrorNumber) {
        if !ended.isEmpty || !awaitingHeld.isEmpty || handler.hasWork || ring.ready > 0 {
            // Nothing to wait for; but what was said leaves now.
            if ring.isPrepared || ring.hasWork { try ring.enter(.never) }
            return
        }
        var limit = moment
        if let first = timers.first { limit = min(limit ?? first, first) }
        switch options.waiting {
        case .blocking: try sleep(handler, until: limit)
        case .spinning(let most):
            if try spin(handler, until: limit, giveUpAt: most.map { Clock.now + $0 }) { return }
            try sleep(handler, until: limit)
        }
    }

    /// Sleeps in the kernel. A waker rings only while this thread says that it sleeps.
    private func sleep<Handler: NetworkHandler & ~Copyable>(
        _ handler: borrowing Handler, until limit: Moment?
    ) throws(ErrorNumber) {
        bell.announceSleep()
        defer { bell.announceWaking() }
        guard !handler.hasWork else { return try ring.enter(.never) }
        guard let limit else { return try ring.enter(.span(nil)) }
        let left = limit - Clock.now
        try ring.enter(left > .zero ? .span(left) : .never)
    }

    /// Looks for something until it is there or `limit` has come, and gives up at `end`: false
    /// then.
    private func spin<Handler: NetworkHandler & ~Copyable>(
        _ handler: borrowing Handler, until limit: Moment?, giveUpAt end: Moment?
    ) throws(ErrorNumber) -> Bool {
        if ring.isPrepared { try ring.enter(.handOver) }
        let asksKernel = !ring.showsWork
        while true {
            // Reads memory alone where the kernel shows there that it has something.
            for _ in 0..<Self.looksPerReading {
                if ring.ready > 0 { return true }
                if asksKernel || ring.hasWork {
                    try ring.enter(.never)
                    if ring.ready > 0 { return true }
                }
                nilometer_pause()
            }
            if handler.hasWork { return true }
            if limit != nil || end != nil {
                let time = Clock.now
                if let limit, time >= limit { return true }
                if let end, time >= end { return false }
            }
        }
    }

    /// How often a loop that spins looks before it reads the clock.
    private static var looksPerReading: Int { 16 }

    /// Does what a completion asks for.
    private mutating func take<Handler: NetworkHandler & ~Copyable>(
        _ completion: Completion, _ handler: inout Handler
    ) throws(ErrorNumber) {
        switch completion.token.kind {
        case .receive: try received(completion, &handler)
        case .send: try sent(completion, &handler)
        case .accept: try accepted(completion, &handler)
        case .connect: try connected(completion, &handler)
        case .bell: isBellHung = false
        case .watch: try watched(completion, &handler)
        case .receiveDatagrams: try receivedDatagram(completion, &handler)
        case .sendDatagram: sentDatagram(completion)
        case .cancel: break
        }
    }

    /// Has the kernel listen to the bell, which it does once for each time that it is rung.
    private mutating func hangBell() throws(ErrorNumber) {
        guard !isBellHung else { return }
        isBellHung = true
        let entry = unsafe try ring.entry(RequestToken(.bell))
        // SAFETY: the count's memory lives until the ring is drained.
        unsafe io_uring_prep_read(entry, bell.descriptor, bellCount, 8, 0)
        unsafe entry.pointee.user_data = RequestToken(.bell).rawValue
    }
}
