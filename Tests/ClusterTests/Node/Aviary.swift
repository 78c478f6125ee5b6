import Network
import Randomness
import ShenRing
import StateMachines
import TestSupport

@testable import Cluster

/// What a parrot told.
struct BirdSong: Sendable {
    var events: [Parrot.Event] = []
    /// The number that it echoed last.
    var echo: UInt64 = 0
    /// Whom its words reach, and how often it has come to reach each.
    var reachable: Set<NodeID> = []
    var meetings: [NodeID: Int] = [:]
}

/// Notes what a parrot tells.
struct BirdWatcher: NodeApplication, Sendable {
    typealias Machine = Parrot

    let song: Signal<BirdSong>

    mutating func told(
        _ event: Parrot.Event, at now: Moment, asking requests: inout [Parrot.Request]
    ) {
        song.change { song in
            if case .echoed(let number) = event {
                song.echo = number
            } else {
                song.events.append(event)
            }
        }
    }

    mutating func peer(_ node: NodeID, isReachable: Bool, at now: Moment) {
        song.change { song in
            if isReachable {
                song.reachable.insert(node)
                song.meetings[node, default: 0] += 1
            } else {
                song.reachable.remove(node)
            }
        }
    }
}

/// A parrot that runs.
final class Bird {
    let id: NodeID
    let node: RunningNode<Parrot>
    private let song = Signal(BirdSong())
    private var echoes: UInt64 = 0

    static let cluster = ClusterID(0xB1_8D)

    init(
        _ number: Int, cluster: ClusterID = Bird.cluster, listening: Address = .loopback(),
        journal: JournalPlan<UInt64>? = nil, change: (inout NodeOptions) -> Void = { _ in }
    ) throws {
        id = NodeID(place: number)
        var options = NodeOptions(id: id, cluster: cluster, listening: listening)
        change(&options)
        node = try RunningNode(
            NodePlan<Parrot>(
                options: options, journal: journal, seed: testSeed.derived(for: number),
                make: { _ in Parrot() }),
            application: BirdWatcher(song: song))
    }

    deinit {
        // A test that fails leaves it running.
        node.stop()
    }

    var address: Address {
        guard let address = node.address else { preconditionFailure("\(id) does not listen") }
        return address
    }

    /// What it told so far.
    var events: [Parrot.Event] { song.change { $0.events } }

    /// The numbers that it heard of a node.
    func heard(from node: NodeID) -> [UInt64] {
        events.compactMap {
            if case .heard(let number, node) = $0 { number } else { nil }
        }
    }

    func await(_ event: Parrot.Event) throws(Overdue) {
        try song.wait("\(event) at \(id)") { $0.events.contains(event) }
    }

    func await(_ what: String, until condition: (BirdSong) -> Bool) throws(Overdue) {
        try song.wait(what, until: condition)
    }

    /// Has the node make a turn, and waits for its end.
    func turn() throws(Overdue) {
        echoes += 1
        node.ask(.echo(echoes))
        try song.wait("echo \(echoes) of \(id)") { $0.echo == self.echoes }
    }

    /// Waits until the node says so of itself, which it does at the ends of turns.
    func awaitStatistics(_ condition: (NodeStatistics) -> Bool) throws(Overdue) {
        let start = MonotonicClock.now
        while !condition(node.statistics) {
            guard MonotonicClock.now - start < .seconds(60) else {
                throw Overdue(description: "waited 60 s; there is \(node.statistics)")
            }
            try turn()
        }
    }

    /// Calls another bird, and waits until words reach it, for the given time.
    func meet(_ other: Bird, time: Int = 1) throws(Overdue) {
        node.introduce(other.id, at: other.address)
        try song.wait("\(id) to reach \(other.id)") {
            $0.reachable.contains(other.id) && $0.meetings[other.id] ?? 0 >= time
        }
    }

    func say(_ numbers: ClosedRange<UInt64>, bytes: Int = 0, to other: NodeID) {
        node.ask(.say(numbers, bytes: bytes, to: other))
    }

    func stop() throws {
        node.stop()
        try node.wait()
    }
}
