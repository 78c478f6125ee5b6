/// What has passed through an unbounded channel, and the memory that it holds.
///
/// Worked out from the words by which the ends share out slots, so that counting costs them nothing:
/// exact while nobody sends or receives, and otherwise off by no more than what is under way, a
/// segment's elements where an end is on its way into the next.
public struct UnboundedStatistics: Equatable, Sendable, CustomStringConvertible {
    /// Elements that were sent.
    public let sent: UInt64
    /// Elements that were received, or destroyed when the last consumer went; at most `sent`.
    public let received: UInt64
    /// Waits for an element that took longer than a look.
    public let receiveWaits: UInt64
    /// How often a receiver went to sleep.
    public let receiveParks: UInt64
    /// Segments that the channel holds: those with elements in them, the ones at which the ends are, and
    /// at most three that are kept for the next use. One more for each receiver that was stopped in the
    /// middle of a segment that all others have left.
    public let segments: Int

    /// One line for a person.
    public var description: String {
        "\(sent) sent, \(received) received (\(receiveWaits) waits, \(receiveParks) parks), "
            + "\(segments) segments"
    }
}

extension SegmentedMemory {
    /// What has passed so far, read by anybody.
    @usableFromInline
    var statistics: UnboundedStatistics {
        // The receivers' count first: the senders', read later, is not behind it.
        let received = receivedSlots
        let sent = sentSlots
        return UnboundedStatistics(
            sent: sent, received: min(received, sent),
            receiveWaits: receiverWaits.waits.loadAcquiring(),
            receiveParks: receiverWaits.parks.loadAcquiring(),
            segments: Int(segments.loadAcquiring()))
    }

    /// Number of elements, read by anybody.
    @usableFromInline
    var count: Int {
        let received = receivedSlots
        let sent = sentSlots
        return sent > received ? Int(sent - received) : 0
    }

    private var sentSlots: UInt64 {
        // What was left to nobody first: it is counted when its ticket has been taken.
        let skipped = skippedSlots.loadAcquiring()
        let segments = sentSegments.loadAcquiring() &- geometry.firstSegment
        let slots = SendTickets(sending.loadAcquiring()).slots(of: capacity)
        let sent = segments &* capacity &+ slots &- skipped
        // A sender that has moved the word, and not counted the segment yet, makes it too few.
        return Int64(bitPattern: sent) > 0 ? sent : 0
    }

    /// Receivers that wait have tickets for elements that are not sent yet.
    private var receivedSlots: UInt64 {
        let segments = receivedSegments.loadAcquiring() &- geometry.firstSegment
        let slots =
            geometry.hasManyConsumers
            ? min(ReceiveTickets(receiving.loadAcquiring()).tickets, capacity)
            : emptiedSlots.loadAcquiring()
        let received = segments &* capacity &+ slots &- abandonedSlots.loadAcquiring()
        return Int64(bitPattern: received) > 0 ? received : 0
    }
}

/// Reads an unbounded channel's statistics from anywhere, also after its ends are gone.
public struct UnboundedMonitor: ~Copyable, @unchecked Sendable {
    // Sendable because it holds a reference to the memory and only loads atomics.
    private let memory: SegmentedMemory<ProcessorAtomics>

    init(of memory: SegmentedMemory<ProcessorAtomics>) {
        memory.users.retain()
        self.memory = memory
    }

    deinit {
        memory.release()
    }

    /// What has passed so far. Any thread, at any time. O(1).
    public var statistics: UnboundedStatistics { memory.statistics }
}

extension UnboundedProducer where Element: ~Copyable, Atomics == ProcessorAtomics {
    /// A handle on the channel's statistics, for another thread or a later time.
    public func monitor() -> UnboundedMonitor { UnboundedMonitor(of: memory) }
}

extension UnboundedConsumer where Element: ~Copyable, Atomics == ProcessorAtomics {
    /// A handle on the channel's statistics, for another thread or a later time.
    public func monitor() -> UnboundedMonitor { UnboundedMonitor(of: memory) }
}

extension SoleUnboundedConsumer where Element: ~Copyable, Atomics == ProcessorAtomics {
    /// A handle on the channel's statistics, for another thread or a later time.
    public func monitor() -> UnboundedMonitor { UnboundedMonitor(of: memory) }
}
