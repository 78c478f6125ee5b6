import Channels
import Synchronization

/// A message that nobody will handle, with what is known of its end.
public struct DeadLetter<Message: Sendable>: Sendable {
    /// The message.
    public let message: Message
    /// Why it was given up: the failure with its worker, error and attempts, or the worker's end.
    public let reason: DeadLetterReason
    /// When it was given up.
    public let time: MonotonicTime
    /// How many letters came before it, those that were lost included.
    public let ordinal: UInt64

    /// Index of the worker that had it.
    public var worker: Int {
        switch reason {
        case .failed(let failure): failure.worker
        case .workerStopped(let worker, _): worker
        }
    }

    /// How often handling it had failed when it was given up; 0 where its worker ended while it waited,
    /// be it in the inbox or for another attempt.
    public var attempts: Int {
        switch reason {
        case .failed(let failure): failure.attempts
        case .workerStopped: 0
        }
    }
}

/// The dead letters of a pool: a bounded channel that anyone fills and anyone empties, and nobody
/// waits at.
///
/// When it is full, further letters are lost, and counted: the first ones tell more of a cause than
/// the last. Any thread.
public final class DeadLetters<Message: Sendable>: DeadLetterSink {
    /// How many letters it holds at most.
    public let capacity: Int
    private let producer: MultiProducer<DeadLetter<Message>, SpinThenYield, ProcessorAtomics>
    private let consumer: MultiConsumer<DeadLetter<Message>, SpinThenYield, ProcessorAtomics>
    // Counts alone, which order nothing: all relaxed.
    private let arrivals = Atomic<UInt64>(0)
    private let losses = Atomic<UInt64>(0)
    private let clock: @Sendable () -> MonotonicTime

    /// An empty queue of `capacity`, which must be positive. `clock` says when a letter came.
    public init(
        capacity: Int, clock: @escaping @Sendable () -> MonotonicTime = { MonotonicTime.now() }
    ) {
        precondition(capacity > 0, "\(capacity) dead letters")
        self.capacity = capacity
        self.clock = clock
        let channel = MPMCChannel<DeadLetter<Message>, SpinThenYield>(capacity: capacity)
        producer = channel.producer.clone()
        consumer = channel.consumer.clone()
    }

    /// Takes a message over, or counts it as lost when there is no room.
    public func accept(_ message: Message, because reason: DeadLetterReason) {
        let ordinal = arrivals.wrappingAdd(1, ordering: .relaxed).oldValue
        let letter = DeadLetter(
            message: message, reason: reason, time: clock(), ordinal: ordinal)
        if !producer.trySend(letter).isSent { losses.wrappingAdd(1, ordering: .relaxed) }
    }

    /// Takes the oldest letter out; nil when there is none.
    public func next() -> DeadLetter<Message>? { consumer.tryReceive() }

    /// How many letters came, those that were lost included.
    public var arrived: UInt64 { arrivals.load(ordering: .relaxed) }

    /// How many were lost because there was no room.
    public var lost: UInt64 { losses.load(ordering: .relaxed) }
}
