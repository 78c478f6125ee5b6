import Hardware

/// How a worker's process is started and reached.
public struct ProcessOptions: Sendable, Equatable {
    /// The program; nil for the one that asks.
    public var executable: String?
    /// Bytes of the ring that carries messages, at least; rounded up to pages. Unanswered messages
    /// stay in it.
    public var messageBytes: Int
    /// Bytes of the ring that carries answers, at least; rounded up to pages.
    public var answerBytes: Int
    /// More variables of the process's environment, as `NAME=value`.
    public var variables: [String]

    /// Memberwise.
    public init(
        executable: String? = nil, messageBytes: Int = 1 << 18, answerBytes: Int = 1 << 18,
        variables: [String] = []
    ) {
        self.executable = executable
        self.messageBytes = messageBytes
        self.answerBytes = answerBytes
        self.variables = variables
    }
}

/// What a worker made of a message.
public enum ProcessAnswer<Response: Sendable>: Sendable {
    /// The answer to the message with this number.
    case response(UInt64, Response)
    /// Handling the message with this number threw; the error in its own words.
    case failure(UInt64, String)
    /// The answer to the message with this number means nothing.
    case undecodable(UInt64, WireError)

    /// The number of the message.
    public var ordinal: UInt64 {
        switch self {
        case .response(let ordinal, _), .failure(let ordinal, _), .undecodable(let ordinal, _):
            ordinal
        }
    }
}

/// A worker in a process of its own, as its owner sees it: messages go out over a ring in shared
/// memory and answers come back in their order.
///
/// Unanswered messages are kept. When the process has ended, `receive` says how; `restart` starts
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

    private let argument: String
    private var child: ChildHandle
    private var link: ProcessLink
    private var pending = PendingPositions()
    /// Where the record of the last answered message ends.
    private var freed: UInt64 = 0
    /// The number of the oldest unanswered message.
    private var oldest: UInt64 = 0
    private var hasStarted = false

    /// Starts a process for `worker`, which the program there has registered, and returns before
    /// that is ready. `argument` is for its `start`.
    ///
    /// - Throws: `ProcessFailure.refused` or `.notHandedOver`.
    public init(
        worker: String, argument: String = "", options: ProcessOptions = ProcessOptions()
    ) throws(ProcessFailure) {
        guard !ProcessRegistry.isChildNotHandedOver else { throw .notHandedOver }
        let own = try SharedLane(atLeast: options.messageBytes, name: "nilometer-messages")
        let other = try SharedLane(atLeast: options.answerBytes, name: "nilometer-answers")
        let child = try Self.start(worker, argument, options, own, other)
        self.worker = worker
        self.argument = argument
        self.options = options
        self.child = child
        link = ProcessLink(own: own, other: other)
        starts = 1
    }

    /// How many messages are unanswered.
    public var unanswered: Int { pending.count }

    /// The number of the next message that is sent; the first is 0.
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

    private mutating func receive(
        until deadline: Deadline, orStart: Bool
    ) throws(ProcessFailure) -> ProcessAnswer<Response>? {
        var patience: Int64 = 1_000_000
        while true {
            if let answer = try takeAnswer() { return answer }
            if orStart && hasStarted { return nil }
            if let end = child.poll() {
                // What it published before its end is there now.
                if let answer = try takeAnswer() { return answer }
                throw .ended(end, handling: inHand)
            }
            let now = MonotonicTime.now()
            if deadline.isOver(at: now) { return nil }
            // A process that ends rings no bell: it is looked after at intervals that grow while
            // nothing happens, up to 16 ms.
            let wait = deadline.wait(atMost: .nanoseconds(patience), at: now)
            link.wait(for: .record, atMost: Int64(clamping: max(wait.wholeNanoseconds, 1)))
            patience = min(2 * patience, 16_000_000)
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
    /// - Returns: its number and the message; nil where none is unanswered.
    public mutating func discardOldest() -> (ordinal: UInt64, message: Message)? {
        precondition(child.end != nil, "the process \(child.process) lives")
        guard let end = pending.oldest else { return nil }
        let size = Int(end - freed)
        let record = unsafe link.own.bytes(at: freed, count: size)
        // SAFETY: the record was written here, and nobody else can write to this lane; it is
        // copied at once.
        let count = Int(unsafe record.load(as: UInt32.self))
        let bytes = unsafe Array(record.dropFirst(ProcessLink.headerBytes).prefix(count))
        // SAFETY: bytes have no padding.
        guard bytes.count == count, let message = try? Message(decoding: unsafe bytes.span.bytes)
        else { preconditionFailure("message \(oldest) does not read back as it was written") }
        let ordinal = oldest
        answered()
        return (ordinal, message)
    }

    /// Starts another process after the last one has ended, or kills that first. It is given the
    /// unanswered messages, the oldest first.
    ///
    /// - Throws: `ProcessFailure.refused`; the messages are kept, and it can be tried again.
    public mutating func restart() throws(ProcessFailure) {
        _ = child.kill()
        hasStarted = false
        let other = try SharedLane(atLeast: options.answerBytes, name: "nilometer-answers")
        link.own.setBeginning(ordinal: oldest, position: freed)
        // Before the process starts: it reads how far this side has read its lane, which is new.
        link.own.publish(taken: 0)
        child = try Self.start(worker, argument, options, link.own, other)
        link.replaceOther(by: other)
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

    /// The message that the process was at, for reports.
    private var inHand: UInt64? { hasStarted && pending.count > 0 ? oldest : nil }

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
        let ordinal = inHand
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

    private static func start(
        _ worker: String, _ argument: String, _ options: ProcessOptions,
        _ own: borrowing SharedLane, _ other: borrowing SharedLane
    ) throws(ProcessFailure) -> ChildHandle {
        let readable = own.readOnlyFile()
        guard readable >= 0 else { throw .refused(.shareMemory, SystemError(-readable)) }
        defer { SharedLane.close(readable) }
        return try ChildHandle(
            executable: options.executable ?? "/proc/self/exe", name: worker,
            variables: [
                "\(ProcessRegistry.nameVariable)=\(worker)",
                "\(ProcessRegistry.argumentVariable)=\(argument)",
            ] + options.variables, third: readable, fourth: other.file)
    }
}
