import StateMachines

/// What an event loop knows of a connection. A value in the table's memory; the kernel uses the
/// memory of `sending` while `isSending`.
struct Connection: ~Copyable {
    enum Stage {
        case free
        case connecting
        case open
        /// It ends when what is to be sent has left.
        case flushing
        /// It ends when the kernel has let go of it.
        case closing
    }

    var stage = Stage.free
    var generation: UInt32 = 0
    var descriptor: Int32 = -1
    /// Requests whose last completion is to come.
    var requests = 0
    var options = ConnectionOptions(content: .bytes)
    var reason: ClosureReason?
    /// Whether its end is about to be told.
    var isListedAsEnded = false

    // Receiving.
    /// Whether the kernel has the request for what comes.
    var isReceiving = false
    var isPaused = false
    /// Whether it is among those to be read from again.
    var isAwaitingReceive = false
    /// Whether it is among those that are to be told what was kept.
    var isAwaitingHeld = false
    var decoder: FrameDecoder?
    /// What came while nobody wanted it.
    var held = ByteStore()

    // Sending.
    /// What the next send takes.
    var filling = ByteStore()
    /// What the send under way takes, of which `sent` bytes have left.
    var sending = ByteStore()
    var sent = 0
    var isSending = false
    /// What a send without copies answered, until the kernel has let go of the memory.
    var zeroCopied: Int32?
    /// Whether it is among those that have something to send.
    var isAwaitingSend = false
    /// Whether somebody was told that there is no room.
    var wasFull = false

    /// What is known of one that a carrier has.
    var carried = CarriedState()

    // Deadlines.
    var connectBegan = Moment(nanoseconds: 0)
    var frameBegan: Moment?
    var lastProgress = Moment(nanoseconds: 0)
    var lastHeard = Moment(nanoseconds: 0)
    var timer: TimerID?
    var timerMoment: Moment?

    /// Bytes that the kernel has not taken yet.
    var unsent: Int { filling.count + sending.count - sent }

    /// Whether more may be said and heard.
    var isOpen: Bool { stage == .open }

    /// Memory that is kept for what is sent next.
    private static var keptCapacity: Int { 1 << 16 }

    /// Makes what was filled what is sent.
    mutating func turnOver() {
        swap(&filling, &sending)
        sent = 0
        carried.ordered = 0
        isSending = true
    }

    /// Notes that `count` more bytes have left; whether that was all of them.
    mutating func advance(by count: Int) -> Bool {
        sent += count
        precondition(sent <= sending.count, "\(sent) of \(sending.count) bytes sent")
        guard sent == sending.count else { return false }
        sending.removeAll(keeping: Self.keptCapacity)
        sent = 0
        isSending = false
        return true
    }

    /// When the first of its deadlines comes, as things stand.
    var deadline: Moment? {
        var first: Moment?
        func consider(_ moment: Moment) { first = min(first ?? moment, moment) }
        switch stage {
        case .free, .closing: return nil
        case .connecting: return connectBegan + options.connectDeadline
        case .open, .flushing: break
        }
        if let frameBegan { consider(frameBegan + options.frameDeadline) }
        if isSending { consider(lastProgress + options.stallDeadline) }
        if let idle = options.idleDeadline, stage == .open, !isPaused { consider(lastHeard + idle) }
        return first
    }

    /// Which of its deadlines has passed.
    func overdue(at now: Moment) -> ClosureReason? {
        switch stage {
        case .free, .closing: return nil
        case .connecting:
            return now >= connectBegan + options.connectDeadline ? .connectDeadline : nil
        case .open, .flushing: break
        }
        if let frameBegan, now >= frameBegan + options.frameDeadline { return .frameDeadline }
        if isSending, now >= lastProgress + options.stallDeadline { return .stalled }
        if let idle = options.idleDeadline, stage == .open, !isPaused, now >= lastHeard + idle {
            return .idle
        }
        return nil
    }
}
