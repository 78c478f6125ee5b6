import CNilometerShims
import Glibc
import StateMachines
import Storage

/// Orders to a carrier and events from it, where a loop's sockets are a carrier's: what
/// `EventLoop+Turn` does with requests to a ring and their completions.
extension EventLoop {
    /// Hands over what was said, waits, and tells what the carrier has to tell.
    mutating func turnCarried<Handler: NetworkHandler & ~Copyable>(
        _ carriage: Carriage, _ handler: inout Handler, until moment: Moment?
    ) throws(ErrorNumber) {
        try flush()
        carriage.submit()
        try wait(for: carriage, handler, until: moment)
        statistics.turns += 1
        now = Clock.now
        tellWatches(carriage, &handler)
        // Those that come while these are told are for the next turn, so that timers are heard.
        var events: [CarrierEvent] = []
        swap(&events, &carriage.emptied)
        carriage.inbox.exchange(&events)
        for event in events { try take(event, &handler) }
        // What follows from them does not wait until this thread is here again.
        carriage.submit()
        events.removeAll(keepingCapacity: true)
        swap(&events, &carriage.emptied)
    }

    /// Waits until there is an event, the next timer, `moment` or work of the handler's.
    private func wait<Handler: NetworkHandler & ~Copyable>(
        for carriage: Carriage, _ handler: borrowing Handler, until moment: Moment?
    ) throws(ErrorNumber) {
        // What was ready in the last turn has been told.
        carriage.waiting.clear()
        let isBusy =
            !ended.isEmpty || !awaitingHeld.isEmpty || !carriage.orders.isEmpty
            || handler.hasWork || carriage.inbox.hasEvents
        guard !isBusy else { return try look(carriage, for: .zero, withBell: false) }
        var limit = moment
        if let first = timers.first { limit = min(limit ?? first, first) }
        if case .spinning(let most) = options.waiting {
            let end = most.map { Clock.now + $0 }
            if try spin(carriage, handler, until: limit, giveUpAt: end) { return }
        }
        bell.announceSleep()
        defer { bell.announceWaking() }
        // A carrier rings only while this thread says that it sleeps.
        let isIdle = !handler.hasWork && !carriage.inbox.hasEvents
        try look(carriage, for: isIdle ? limit.map { $0 - Clock.now } : .zero, withBell: true)
    }

    /// Looks for events until there is something or `limit` has come, and gives up at `end`: false
    /// then.
    private func spin<Handler: NetworkHandler & ~Copyable>(
        _ carriage: Carriage, _ handler: borrowing Handler, until limit: Moment?,
        giveUpAt end: Moment?
    ) throws(ErrorNumber) -> Bool {
        while true {
            for _ in 0..<Self.looksAtInbox {
                if carriage.inbox.hasEvents || handler.hasWork { return true }
                nilometer_pause()
            }
            try look(carriage, for: .zero, withBell: false)
            if !carriage.waiting.ready.isEmpty { return true }
            guard limit != nil || end != nil else { continue }
            let time = Clock.now
            if let limit, time >= limit { return true }
            if let end, time >= end { return false }
        }
    }

    /// How often a loop that spins looks into its inbox before it looks at the clock and at what is
    /// watched.
    private static var looksAtInbox: Int { 64 }

    /// Waits for so long until a watched descriptor has something to read, or the bell rings where
    /// it is listened to.
    private func look(
        _ carriage: Carriage, for span: Span?, withBell: Bool
    ) throws(ErrorNumber) {
        let waiting = carriage.waiting
        waiting.clear()
        let watched = watches.filter { $0.descriptor >= 0 }
        guard withBell || !watched.isEmpty else { return }
        for watch in watched { waiting.add(watch.descriptor) }
        if withBell { waiting.add(bell.descriptor) }
        try waiting.wait(for: span)
        guard withBell, waiting.ready.last == watched.count else { return }
        // SAFETY: the count's memory is this loop's; the bell was rung, so that this does not wait.
        _ = unsafe read(bell.descriptor, bellCount, 8)
    }

    /// Tells which of the watched descriptors have something to read.
    private mutating func tellWatches<Handler: NetworkHandler & ~Copyable>(
        _ carriage: Carriage, _ handler: inout Handler
    ) {
        guard !carriage.waiting.ready.isEmpty else { return }
        let watched = watches.indices.filter { watches[$0].descriptor >= 0 }
        for place in carriage.waiting.ready where place < watched.count {
            let slot = watched[place]
            // The handler may have taken it back in a call before.
            guard watches[slot].descriptor >= 0 else { continue }
            let id = WatchID(slot: UInt32(slot), generation: watches[slot].generation)
            handler.ready(id, on: &self)
        }
    }

    /// Does what an event asks for.
    private mutating func take<Handler: NetworkHandler & ~Copyable>(
        _ event: CarrierEvent, _ handler: inout Handler
    ) throws(ErrorNumber) {
        let table = table
        switch event {
        case .accepted(let newcomer, let listener): admit(newcomer, by: listener)
        case .acceptFailed: statistics.acceptFailures += 1
        case .begun(let id, let peer, let identity):
            guard let slot = table.slot(of: id), table[slot].stage == .connecting else { return }
            table[slot].carried.peer = peer
            table[slot].carried.identity = identity
            try begin(slot)
            if let listener = table[slot].carried.listener.take() {
                handler.accepted(id, by: listener, on: &self)
            } else {
                handler.connected(id, on: &self)
            }
        case .received(let id, let bytes):
            if let slot = table.slot(of: id) { heard(bytes, slot, &handler) }
        case .sent(let id, let count):
            if let slot = table.slot(of: id) { try advance(slot, by: count, &handler) }
        case .endOfStream(let id):
            guard let slot = table.slot(of: id) else { return }
            table[slot].carried.hasEnded = true
            if table[slot].isReceiving, table[slot].held.isEmpty { endOfStream(slot) }
        case .failed(let id, let reason):
            if let slot = table.slot(of: id) { end(slot, reason) }
        case .gone(let id):
            guard let slot = table.slot(of: id) else { return }
            table[slot].requests = 0
            end(slot, .endOfStream(insideFrame: (table[slot].decoder?.pending ?? 0) > 0))
            endIfIdle(slot)
        }
    }

    /// Takes a connection that was accepted, where there is room. The handler hears of it when it
    /// can be used.
    private mutating func admit(_ newcomer: Newcomer, by listener: ListenerID) {
        let table = table
        guard let carriage else { return }
        // One that was stopped meanwhile may have accepted before it heard.
        guard let place = slot(of: listener) else {
            return carriage.orders.append(.turnAway(newcomer))
        }
        guard let slot = table.take() else {
            statistics.turnedAway += 1
            return carriage.orders.append(.turnAway(newcomer))
        }
        statistics.accepted += 1
        table[slot].options = listeners[place].options
        table[slot].stage = .connecting
        table[slot].requests = 1
        table[slot].carried.listener = listener
        table[slot].connectBegan = Clock.now
        watchDeadline(slot)
        carriage.orders.append(.admit(newcomer, table.id(slot)))
    }

    /// Tells bytes that have come, and now and then the carrier that they were taken.
    private mutating func heard<Handler: NetworkHandler & ~Copyable>(
        _ bytes: [UInt8], _ slot: Int, _ handler: inout Handler
    ) {
        let table = table
        guard table[slot].isOpen else { return }
        statistics.bytesReceived += UInt64(bytes.count)
        table[slot].carried.taken += bytes.count
        if table[slot].carried.taken >= CarrierLimits.taken {
            carriage?.orders.append(.took(table.id(slot), table[slot].carried.taken))
            table[slot].carried.taken = 0
        }
        hear(bytes.span, slot, &handler)
    }

    /// Has the carrier read for a connection, or ends one whose peer has said all.
    mutating func receiveCarried(_ slot: Int) {
        let table = table
        if table[slot].carried.hasEnded { return endOfStream(slot) }
        table[slot].isReceiving = true
        carriage?.orders.append(.read(table.id(slot)))
    }

    /// Ends a connection whose peer has said all.
    private mutating func endOfStream(_ slot: Int) {
        let isInside = (table[slot].decoder?.pending ?? 0) > 0
        // What was said to somebody who has nothing more to say may still be read.
        end(slot, .endOfStream(insideFrame: isInside), afterSending: true)
    }

    /// Has the carrier send what is left of the send under way, piece by piece, as much of it as may be on
    /// its way.
    mutating func sendCarried(_ slot: Int) {
        let table = table
        let end = min(table[slot].sending.count, table[slot].sent + CarrierLimits.sending)
        while table[slot].carried.ordered < end {
            let start = table[slot].carried.ordered
            let count = min(end - start, CarrierLimits.sendingPiece)
            // SAFETY: as many bytes are there, and are copied here.
            let bytes = unsafe Array(
                UnsafeRawPointer(table[slot].sending.start + start).bytes(count))
            table[slot].carried.ordered += count
            carriage?.orders.append(.send(table.id(slot), bytes))
            statistics.sends += 1
        }
    }
}
