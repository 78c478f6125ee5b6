import Randomness
import StateMachines

/// A node's disk: what is durable, and what waits for a sync.
struct NodeDisk<Record: Sendable> {
    enum Failing { case never, once, always }

    /// What survives a crash, in order.
    private(set) var durable: [Record] = []
    /// What was stored and is not durable, in order.
    private(set) var pending: [Record] = []
    /// How many of the first of `pending` a sync is under way for.
    private(set) var syncing = 0
    /// The position, in this life, of the last durable record.
    private(set) var position: RecordPosition = 0
    var failing = Failing.never
    var isStalled = false
    /// Tells the end of the sync under way from the end of one that no longer is.
    var ticket: UInt32 = 0
    /// `durable` is made shorter when it has this many records.
    private var threshold = 1_024

    mutating func append(_ record: Record) { pending.append(record) }

    /// Whether a sync is to begin.
    var isReady: Bool { syncing == 0 && !isStalled && !pending.isEmpty }

    /// Begins a sync of up to `group` records.
    mutating func beginSync(group: Int) {
        syncing = Swift.min(group, pending.count)
        ticket &+= 1
    }

    /// The sync has succeeded: what it was for is durable.
    mutating func endSync() {
        durable.append(contentsOf: pending[..<syncing])
        pending.removeFirst(syncing)
        position += RecordPosition(syncing)
        syncing = 0
    }

    /// The node's life ends.
    mutating func crash(_ kind: Disk, _ generator: inout Xoshiro256StarStar) {
        switch kind {
        case .keeps: break
        case .loses: durable = []
        case .tears:
            let survivors = generator.next(below: UInt64(pending.count) + 1)
            durable.append(contentsOf: pending[..<Int(survivors)])
        }
        pending = []
        syncing = 0
        position = 0
        ticket &+= 1
    }

    /// Replaces what is durable by something shorter that says the same, where it has doubled since.
    mutating func compact(_ shorten: ([Record]) -> [Record]) {
        guard durable.count >= threshold else { return }
        durable = shorten(durable)
        threshold = Swift.max(1_024, durable.count * 2)
    }
}
