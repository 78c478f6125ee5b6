/// A worker of a pool whose work is done in a process of its own: the pool's worker hands each
/// message on and waits for the answer.
///
/// Whatever ends the process is an error of `handle` like any other: the pool's failure policy
/// decides whether the message is tried again and when it becomes a dead letter, and the inbox, which
/// is in the pool's process, is as it was. A worker that hangs can be given a limit, after which its
/// process is killed: what no thread can do to another.
///
/// It wants a policy that restarts, as `SupervisionPolicy` does without `keepsState`: the process is
/// the state. Under one that keeps the state a process that has ended is replaced at the next
/// message, which is then neither delayed by a back-off nor counted as a restart. Each state begins a
/// `MessageStream` of its own: a message that is tried again by the pool has another number.
public struct IsolatedWorker<Message: WireMessage, Response: WireMessage>: Worker {
    /// The worker's name in the program's `ProcessRegistry`.
    public let worker: String
    /// What its `start` is given.
    public let argument: String
    /// How its process is started.
    public let options: ProcessOptions
    /// How long it may take to start.
    public let startLimit: Duration
    /// How long a message may take; nil for any time.
    public let handlingLimit: Duration?

    /// The worker registered as `worker`.
    public init(
        _ worker: String, argument: String = "", options: ProcessOptions = ProcessOptions(),
        startLimit: Duration = .seconds(10), handlingLimit: Duration? = nil
    ) {
        self.worker = worker
        self.argument = argument
        self.options = options
        self.startLimit = startLimit
        self.handlingLimit = handlingLimit
    }

    /// The state: a process, which is this worker's alone.
    public final class Process {
        fileprivate var host: ProcessHost<Message, Response>

        fileprivate init(_ host: consuming ProcessHost<Message, Response>) { self.host = host }

        /// The number of the process.
        public var number: Int32 { host.process }
    }

    /// Starts the process, and waits until its worker has started.
    public func start(
        _ context: borrowing WorkerContext<Message, Response>
    ) throws -> Process {
        let process = Process(
            try ProcessHost(worker: worker, argument: argument, options: options))
        try awaitStart(of: &process.host)
        return process
    }

    /// Hands the message on, and waits for the answer. A process that ended before, or ends before it
    /// takes the message up, is replaced first: the message has no part in that.
    public func handle(
        _ message: Message, _ process: inout Process,
        _ context: borrowing WorkerContext<Message, Response>
    ) throws -> Response {
        if process.host.isDown { try replace(&process.host) }
        do throws(ProcessFailure) {
            return try exchange(message, &process.host)
        } catch .ended(_, handling: nil) where process.host.isReady {
            try replace(&process.host)
            return try exchange(message, &process.host)
        }
    }

    private func exchange(
        _ message: Message, _ host: inout ProcessHost<Message, Response>
    ) throws(ProcessFailure) -> Response {
        // The last message was answered, so that there is room for any that can be sent at all.
        let ordinal = try host.trySend(message)
        let deadline = handlingLimit.map { Deadline(after: $0, from: .now()) } ?? .none
        switch try host.receive(until: deadline) {
        case .response(_, let response): return response
        case .failure(_, let reason): throw .handlingFailed(reason)
        case .undecodable(_, let error): throw .undecodableAnswer(error)
        case nil:
            host.kill()
            throw .tookTooLong(ordinal)
        }
    }

    /// Another process for one that has ended.
    private func replace(
        _ host: inout ProcessHost<Message, Response>
    ) throws(ProcessFailure) {
        // The pool has what was unanswered, and decides about it.
        host.discardAll()
        try host.restart()
        try awaitStart(of: &host)
    }

    /// Lets the process end by itself, and kills it after the time for a start.
    public func stop(
        _ process: consuming Process, _ context: borrowing WorkerContext<Message, Response>
    ) {
        process.host.end(within: startLimit)
    }

    private func awaitStart(
        of host: inout ProcessHost<Message, Response>
    ) throws(ProcessFailure) {
        let deadline = Deadline(after: startLimit, from: .now())
        guard try host.awaitStart(until: deadline) else {
            host.kill()
            throw .tookTooLong(nil)
        }
    }
}
