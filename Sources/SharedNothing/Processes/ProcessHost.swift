import Hardware

/// A worker in a process of its own, as its owner sees it: messages go out over a ring in shared
/// memory and answers come back in their order.
///
/// Unanswered messages are kept, as the bytes that they were encoded to: what ends a process by
/// being decoded is not decoded here. When the process has ended, `receive` says how; `restart` starts
/// another one, which is given the oldest unanswered message first. `discardOldest` before that
/// takes it out, for a message that has ended its process too often. Nothing is restarted or
/// discarded here by itself: `SupervisedProcess` does that by a policy.
///
/// The process can read the messages and not change them, and what it writes is checked before it
/// is believed: one that goes mad costs itself. It does not outlive this one, even if that is
/// killed. Against malice this protects no more than two processes of one user are protected.
///
/// One thread at a time.
public struct ProcessHost<Message: WireMessage, Response: WireMessage>: ~Copyable {
    /// The worker's name in the registry.
    public let worker: String
    /// How it was started.
    public let options: ProcessOptions
    /// How often a process was started.
    public private(set) var starts = 0

    /// What the numbers of the messages belong to.
    public let stream: MessageStream

    private let argument: String
    private var child: ChildHandle
    private var link: ProcessLink
    /// Where the records of the unanswered messages end.
    private var pending = PendingQueue<UInt64>()
    /// Where the record of the last answered message ends.
    private var freed: UInt64 = 0
    /// The number of the oldest unanswered message.
    private var oldest: UInt64
    private var hasStarted = false

    /// Starts a process for `worker`, which the program there has registered, and returns before
    /// that is ready. `argument` is for its `start`.
    ///
    /// - Parameters:
    ///   - stream: what the numbers of the messages belong to; for who keeps them over the end of
    ///     this program another than the unique one.
    ///   - firstOrdinal: the number of the first message.
    /// - Throws: `ProcessFailure.refused` or `.notHandedOver`.
    public init(
        worker: String, argument: String = "", options: ProcessOptions = ProcessOptions(),
        stream: MessageStream = .unique(), firstOrdinal: UInt64 = 0
    ) throws(ProcessFailure) {
        guard !ProcessRegistry.isChildNotHandedOver else { throw .notHandedOver }
        let own = try SharedLane(atLeast: options.messageBytes, name: "nilometer-messages")
        own.set(stream: stream.identity)
        own.setBeginning(ordinal: firstOrdinal, position: 0)
        let started = try Self.start(worker, argument, options, own)
        self.worker = worker
        self.argument = argument
        self.options = options
        self.stream = stream
        child = started.child
        link = ProcessLink(own: own, other: started.lane)
        oldest = firstOrdinal
        starts = 1
    }

    /// How many messages are unanswered.
    public var unanswered: Int { pending.count }

    /// The number of the next message that is sent.
    public var nextOrdinal: UInt64 { oldest + UInt64(pending.count) }

    /// The number of the process.
    public var process: Int32 { child.process }

    /// Whether the worker has said that it has started.
    public var isReady: Bool { hasStarted }

    /// Whether the process is known to have ended.
    public var isDown: Bool { child.end != nil }

    /// The longest message that can be sent.
    public var longestMessage: Int { link.longestMessage }

    /// Sends `message` and returns its number; nil when there is no room until an answer was
    /// received. Whether the process lives is not asked: a message to one that has ended waits for
    /// the next.
    ///
    /// - Throws: `ProcessFailure.messageTooLong`.
    public mutating func trySend(
        _ message: Message
    ) throws(ProcessFailure) -> UInt64? {
        let count = message.wireByteCount
        guard count <= link.longestMessage else {
            throw .messageTooLong(byteCount: count, longest: link.longestMessage)
        }
        guard link.hasRoom(for: count, freed: freed) else { return nil }
        let ordinal = nextOrdinal
        link.send(.message, ordinal: ordinal, count: count) { output in
            message.encode(into: &output)
        }
        pending.append(link.written)
        return ordinal
    }

    /// The next answer; waits for it until `deadline`, then nil.
    ///
    /// - Throws: `ProcessFailure.ended`, `.startFailed` or `.garbled` once the process has ended
    ///   and everything it had answered before was received; then `restart` or drop this.
    public mutating func receive(
        until deadline: Deadline
    ) throws(ProcessFailure) -> ProcessAnswer<Response>? {
        try receive(until: deadline, orStart: false)
    }

    /// As `receive`; with `orStart` it also returns nil once the worker has started.
    mutating func receive(
        until deadline: Deadline, orStart: Bool
    ) throws(ProcessFailure) -> ProcessAnswer<Response>? {
        var patience: Int64 = 1_000_000
        var hasWaited = child.end != nil
        while true {
            if let answer = try takeAnswer() { return answer }
            if orStart && hasStarted { return nil }
            let now = MonotonicTime.now()
            let isOver = deadline.isOver(at: now)
            // The kernel is asked when nothing came, and not for every answer.
            if hasWaited || isOver, let end = child.poll() {
                // What it published before its end is there now.
                if let answer = try takeAnswer() { return answer }
                throw .ended(end, handling: messageInHand)
            }
            if isOver { return nil }
            // A process that ends rings no bell: it is looked after at intervals that grow while
            // nothing happens, up to 16 ms.
            let wait = deadline.wait(atMost: .nanoseconds(patience), at: now)
            link.wait(for: .record, atMost: Int64(clamping: max(wait.wholeNanoseconds, 1)))
            patience = min(2 * patience, 16_000_000)
            hasWaited = true
        }
    }

    /// Waits until the worker has started.
    ///
    /// - Returns: false when the deadline came first.
    /// - Throws: as `receive` does. With unanswered messages, call that instead.
    public mutating func awaitStart(until deadline: Deadline) throws(ProcessFailure) -> Bool {
        precondition(pending.count == 0, "\(pending.count) messages are unanswered")
        _ = try receive(until: deadline, orStart: true)
        return hasStarted
    }

    /// Takes out the oldest unanswered message, which will not be delivered again. Only between
    /// the end of a process and `restart`.
    ///
    /// - Returns: its number and the bytes that it was encoded to; nil where none is unanswered.
    @discardableResult
    public mutating func discardOldest() -> (ordinal: UInt64, bytes: [UInt8])? {
        precondition(child.end != nil, "the process \(child.process) lives")
        guard let end = pending.oldest else { return nil }
        let record = unsafe link.own.bytes(at: freed, count: Int(end - freed))
        // SAFETY: the record was written here, and nobody else can write to this lane; it is
        // copied at once.
        let count = Int(unsafe record.load(as: UInt32.self))
        let bytes = unsafe Array(record.dropFirst(ProcessLink.headerBytes).prefix(count))
        let ordinal = oldest
        answered()
        return (ordinal, bytes)
    }

    /// Forgets all unanswered messages. Only between the end of a process and `restart`.
    mutating func discardAll() {
        precondition(child.end != nil, "the process \(child.process) lives")
        while pending.count > 0 { answered() }
    }

    /// Starts another process after the last one has ended, or kills that first. It is given the
    /// unanswered messages, the oldest first.
    ///
    /// - Throws: `ProcessFailure.refused`; the messages are kept, and it can be tried again.
    public mutating func restart() throws(ProcessFailure) {
        _ = child.kill()
        hasStarted = false
        link.own.setBeginning(ordinal: oldest, position: freed)
        // Before the process starts: it reads how far this side has read its lane, which is new.
        link.own.publish(taken: 0)
        let started = try Self.start(worker, argument, options, link.own)
        child = started.child
        link.replaceOther(by: started.lane)
        starts += 1
    }

    /// Kills the process: what a test does, or who has no patience with one that hangs.
    public mutating func kill() { _ = child.kill() }

    /// Lets the process answer everything, and end. Answers go to `each`.
    ///
    /// - Throws: as `receive` does, or `.stopTimedOut` when the deadline comes first. The process
    ///   has ended in any case.
    public consuming func stop(
        until deadline: Deadline, each: (ProcessAnswer<Response>) -> Void = { _ in }
    ) throws(ProcessFailure) {
        link.own.setStopping()
        link.wakeOther(from: .record)
        do throws(ProcessFailure) {
            while let answer = try receive(until: deadline) { each(answer) }
        } catch .ended(.exited(0), _) where pending.count == 0 {
            return
        }
        _ = child.kill()
        throw .stopTimedOut
    }

    /// Lets the process end by itself if nothing is unanswered, and kills it when it has not in
    /// time. For owners that cannot give it away.
    mutating func end(within span: Duration) {
        link.own.setStopping()
        link.wakeOther(from: .record)
        let milliseconds = Int32(clamping: span.wholeNanoseconds / 1_000_000)
        if pending.count > 0 || child.wait(milliseconds: milliseconds) == nil { _ = child.kill() }
    }

    /// The message that the process was at when it ended, by its own word: nil where it was idle.
    ///
    /// The word is set before the message is decoded and reset after its answer was published, so that
    /// one that is not above the oldest unanswered message was left from an answered one. A process
    /// that writes nonsense there is taken to have been at the oldest.
    var messageInHand: UInt64? {
        hasStarted && pending.count > 0 && link.other.inHand > oldest ? oldest : nil
    }

    /// An answer that is there; nil when there is none.
    private mutating func takeAnswer() throws(ProcessFailure) -> ProcessAnswer<Response>? {
        while let record = try nextRecord() {
            switch record.kind {
            case .started:
                guard !hasStarted else { throw killed(for: .startedTwice) }
                hasStarted = true
            case .startFailed:
                let reason = link.text(of: record)
                _ = child.kill()
                throw .startFailed(reason)
            case .message, .failed:
                guard pending.count > 0, record.ordinal == oldest else {
                    throw killed(for: .unexpectedOrdinal(record.ordinal, expected: oldest))
                }
                return answer(record)
            }
        }
        return nil
    }

    private mutating func nextRecord() throws(ProcessFailure) -> LinkRecord? {
        do throws(LinkFault) {
            return try link.receive()
        } catch {
            throw killed(for: error)
        }
    }

    /// Kills a process that cannot be believed any more.
    private mutating func killed(for fault: LinkFault) -> ProcessFailure {
        // Its word for what it was at is worth nothing either.
        let ordinal = hasStarted && pending.count > 0 ? oldest : nil
        _ = child.kill()
        return .garbled(fault, handling: ordinal)
    }

    private mutating func answer(_ record: LinkRecord) -> ProcessAnswer<Response> {
        answered()
        if record.kind == .failed { return .failure(record.ordinal, link.text(of: record)) }
        do throws(WireError) {
            let response = try link.withBytes(of: record) { bytes throws(WireError) in
                try Response(decoding: bytes)
            }
            return .response(record.ordinal, response)
        } catch {
            return .undecodable(record.ordinal, error)
        }
    }

    private mutating func answered() {
        if let end = pending.removeOldest() { freed = end }
        oldest += 1
    }

    /// A process that was started, and its lane, for reading.
    private struct Started: ~Copyable {
        let child: ChildHandle
        let lane: SharedLane
    }

    private static func start(
        _ worker: String, _ argument: String, _ options: ProcessOptions,
        _ own: borrowing SharedLane
    ) throws(ProcessFailure) -> Started {
        let made = try SharedLane(atLeast: options.answerBytes, name: "nilometer-answers")
        let readable = own.readOnlyFile()
        guard readable >= 0 else { throw .refused(.shareMemory, SystemError(-readable)) }
        defer { SharedLane.close(readable) }
        let lane = try made.reader()
        let child = try ChildHandle(
            executable: options.executable ?? "/proc/self/exe", name: worker,
            variables: [
                "\(ProcessRegistry.nameVariable)=\(worker)",
                "\(ProcessRegistry.argumentVariable)=\(argument)",
            ] + options.variables, places: options.hardwareThreads, third: readable,
            fourth: made.file)
        // The writable mapping ends here: a stray write of this process cannot alter an answer.
        return Started(child: child, lane: lane)
    }
}
