import Randomness
import StateMachines

/// A node but for its machine: its life, clock, processor and disk, and what waits for it.
struct NodeModel {
    /// Counts its lives from 1; 0 before the first.
    var life = 0
    var isUp = false
    var isFrozen = false
    var clock: NodeClock
    /// When its machine wants to be woken, by its own clock; the largest number for never.
    var deadline = Int64.max
    /// Whether its timer has come and waits, in the inbox or for a thaw.
    var isWakeDue = false
    /// Whether its timer waits for a thaw.
    var isWakeMissed = false
    /// When its timer came last, and how often at that moment.
    var lastWake: Int64 = -1
    var wakesAtOnce = 0

    /// What waits for its processor.
    var inbox = Queue<Waiting>()
    /// Whether the processor works on what is first there.
    var isServing = false
    /// Tells the end of that work from the end of work that was broken off.
    var ticket: UInt32 = 0
    /// When the processor is through with what it has taken on.
    var freeAt: Int64 = 0

    var disk = DiskModel()
    var traffic = Traffic()
    let seed: Seed
    /// What the network draws for messages that it sends.
    var network: Xoshiro256StarStar
    /// What its disk and its scheduler draw.
    var local: Xoshiro256StarStar

    init(seed: Seed) {
        self.seed = seed
        network = seed.derived(for: "network").generator()
        local = seed.derived(for: "local").generator()
        clock = NodeClock(.init(), at: 0, &local)
    }

    /// Whether it takes steps.
    var runs: Bool { isUp && !isFrozen }

    /// The seed of this life.
    var lifeSeed: Seed { seed.derived(for: life) }

    /// Ends this life. Returns how many of the records that were not durable survive; nil where the disk
    /// is empty now.
    mutating func end(_ kind: Disk) -> Int? {
        isUp = false
        isFrozen = false
        isWakeDue = false
        isWakeMissed = false
        deadline = .max
        stopServing()
        return disk.crash(kind, &local)
    }

    /// Breaks off what the processor works on.
    mutating func stopServing() {
        isServing = false
        ticket &+= 1
    }
}

/// What waits for a node's processor.
@usableFromInline
enum Waiting {
    /// The message in this slot.
    case message(UInt32)
    /// The request in this slot.
    case request(UInt32)
    /// The timer.
    case wake
    /// Records are durable up to this position.
    case stored(RecordPosition)
}
