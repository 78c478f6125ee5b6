/// What has passed through a channel, at a moment in the recent past.
///
/// The ends count for themselves, each in memory that only it writes, and never for the statistics'
/// sake: a reader works the counts out from the words by which the ends talk to each other. So
/// counting costs the ends nothing, and a reading costs them a cache miss or two.
public struct ChannelStatistics: Equatable, Sendable, CustomStringConvertible {
    /// Elements that were sent.
    public let sent: UInt64
    /// Elements that were received; at most `sent`. An `MPMCChannel` counts those, too, that were
    /// destroyed when its last consumer went.
    public let received: UInt64
    /// Waits for room that took longer than the first look (see `WaitStrategy`).
    public let sendWaits: UInt64
    /// Waits for an element that took longer than the second look, about 50 ns after the first.
    public let receiveWaits: UInt64
    /// How often the producer went to sleep.
    public let sendParks: UInt64
    /// How often the consumer went to sleep.
    public let receiveParks: UInt64
    /// Elements that came back to their sender because there was no room: it would not wait, or not
    /// so long. Whether it sent them again nobody knows, so that each try counts.
    public let refused: UInt64

    /// One line for a person.
    public var description: String {
        "\(sent) sent (\(sendWaits) waits, \(sendParks) parks), "
            + "\(received) received (\(receiveWaits) waits, \(receiveParks) parks), "
            + "\(refused) refused"
    }
}

extension RingMemory {
    /// What has passed so far, read by anybody.
    @usableFromInline
    var statistics: ChannelStatistics {
        // The consumer's count first: the producer's, read later, is not behind it.
        let received = self.received
        return ChannelStatistics(
            sent: max(sent, received), received: received,
            sendWaits: producer.waits.loadAcquiring(),
            receiveWaits: consumer.waits.loadAcquiring(),
            sendParks: producer.parks.loadAcquiring(),
            receiveParks: consumer.parks.loadAcquiring(),
            refused: producer.refused.loadAcquiring())
    }

    /// Number of elements in the ring, read by anybody.
    @usableFromInline
    var count: Int {
        let received = self.received
        let sent = self.sent
        // The two were not read at the same time: more may have passed in between than fits.
        return sent > received ? Int(min(sent - received, UInt64(geometry.capacity))) : 0
    }

    private var sent: UInt64 {
        // Pairs with the releasing store in `Cursor.advance`: the block's token is of this lap or
        // a later one, unless nothing was published there since.
        let start = producer.blockStart.loadAcquiring()
        return geometry.elements(before: start, word(at: start, BlockOffset.published))
    }

    private var received: UInt64 {
        while true {
            // Pairs with the releasing store in `closeConsumer`.
            let isClosed = consumerClosed.loadAcquiring() != 0
            // Pairs as in `sent`.
            let start = consumer.blockStart.loadAcquiring()
            let token =
                isClosed
                ? consumer.leftAt.loadRelaxed() &- 1
                : word(at: start, BlockOffset.released) &- (1 &<< UInt32(geometry.shape.lapShift))
            // A consumer that closes overwrites its tokens after it has set the flag.
            if isClosed || consumerClosed.loadAcquiring() == 0 {
                return geometry.elements(before: start, token)
            }
        }
    }

    private func word(at blockStart: UInt64, _ offset: Int) -> UInt32 {
        // Sound: an address in a block of this ring, where `allocate` made an atomic.
        let block = unsafe firstBlock + geometry.block(at: blockStart) * geometry.shape.blockBytes
        return unsafe SharedWord<Atomics>(at: block + offset).loadAcquiring()
    }
}

extension SPSCRing.Producer where Element: ~Copyable {
    /// What has passed through the channel so far. O(1).
    public var statistics: ChannelStatistics { memory.statistics }

    /// Number of elements in the channel: at most so many, since some may be leaving it. O(1).
    public var count: Int { memory.count }
}

extension SPSCRing.Consumer where Element: ~Copyable {
    /// What has passed through the channel so far. O(1).
    public var statistics: ChannelStatistics { memory.statistics }

    /// Number of elements in the channel: at least so many, since some may be arriving. O(1).
    public var count: Int { memory.count }
}
