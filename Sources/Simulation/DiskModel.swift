import Randomness
import StateMachines

/// A node's disk, by numbers: the records themselves are the simulator's.
struct DiskModel {
    enum Failing { case never, once, always }

    /// How many records were stored in this life.
    var stored: RecordPosition = 0
    /// How many of them are durable.
    private(set) var durable: RecordPosition = 0
    /// For how many of the next a sync is under way; 0 where there is none.
    private(set) var syncing: RecordPosition = 0
    var failing = Failing.never
    var isStalled = false
    /// Tells the end of the sync under way from the end of one that is no longer meant.
    var ticket: UInt32 = 0

    /// Whether a sync is to begin.
    var isReady: Bool { syncing == 0 && !isStalled && stored > durable }

    /// Begins a sync of up to `group` records.
    mutating func beginSync(group: Int) {
        syncing = min(RecordPosition(group), stored - durable)
        ticket &+= 1
    }

    /// The sync has succeeded. Returns how many more records are durable.
    mutating func endSync() -> Int {
        defer { syncing = 0 }
        durable += syncing
        return Int(syncing)
    }

    /// The node's life ends. Returns how many of the records that were not durable survive, of the first
    /// ones; nil where the disk is empty now.
    mutating func crash(_ kind: Disk, _ generator: inout Xoshiro256StarStar) -> Int? {
        let pending = stored - durable
        stored = 0
        durable = 0
        syncing = 0
        ticket &+= 1
        switch kind {
        case .keeps: return 0
        case .loses: return nil
        case .tears: return Int(generator.next(below: pending + 1))
        }
    }
}
