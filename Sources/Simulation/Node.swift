import Randomness
import StateMachines

/// A node between its steps.
struct Node<Machine: StateMachine> {
    /// Nil while the node is down.
    var machine: Machine?
    /// Counts its lives from 1; 0 before the first.
    var life = 0
    var isFrozen = false
    /// Whether what is first in the inbox is being worked on.
    var isServing = false
    /// Whether the timer has come and waits in the inbox or for a thaw.
    var isWakeDue = false
    /// Whether it waits for a thaw.
    var isWakeMissed = false
    /// Tells the end of the work under way from the end of work that was broken off.
    var ticket: UInt32 = 0
    /// When its processor is free.
    var freeAt: Int64 = 0
    /// How often its timer has come without time passing.
    var wakesAtOnce = 0
    var lastWake: Int64 = -1
    var inbox = Queue<Waiting>()
    var clock: NodeClock
    var disk = NodeDisk<Machine.Record>()
    /// How many records it stored in this life.
    var stored: RecordPosition = 0
    var traffic = Traffic()
    /// What the network draws for its messages.
    var network: Xoshiro256StarStar
    /// What its disk and its scheduler draw.
    var local: Xoshiro256StarStar
    let seed: Seed

    init(seed: Seed) {
        self.seed = seed
        network = seed.derived(for: "network").generator()
        local = seed.derived(for: "local").generator()
        clock = NodeClock(.init(), at: 0, &local)
    }

    var isDown: Bool { machine == nil }
    var runs: Bool { machine != nil && !isFrozen }

    mutating func crashDisk(_ kind: Disk) { disk.crash(kind, &local) }
}
