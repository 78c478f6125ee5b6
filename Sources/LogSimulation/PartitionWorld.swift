import Quantities
import Randomness
import RingSimulation
import Shen
import Simulation
import StateMachines
import Storage
import StorageFaults

/// Replicas of a log over a replication protocol in the simulator, each with a log on a simulated disk of
/// its own, under load and faults.
///
/// What is checked: every replica stores the same records at the same offsets; an append that was answered
/// is there, once, where the answer says; at the end, when all is well again, all replicas have all of it.
struct PartitionWorld<Protocol: AgreedLog> {
    typealias Machine = LogReplica<Protocol>

    /// A replica's disk, and the log that is open on it.
    private final class Node {
        let machine = SimulatedFileSystem()
        var log: ReplicaLog<SimulatedOperations>?
        var life: UInt32 = 0
        /// Up to which place everything agreed on is stored.
        var applied: UInt64 = 0
        /// Where the next batch stands that another replica wants.
        var place: BatchPlace?

        func open() throws(StorageError) -> ReplicaLog<SimulatedOperations> {
            let files = Files(machine: machine)
            let log = try ReplicaLog(path: "log", segmentSize: ByteCount(2_000)) {
                () throws(StorageError) in files.open()
            }
            self.log = log
            place = nil
            return log
        }
    }

    /// What opens files for a log.
    private struct Files: @unchecked Sendable {
        // Sendable: a simulation has one thread, and so has the machine.
        let machine: SimulatedFileSystem

        func open() -> SimulatedOperations { SimulatedOperations(on: machine) }
    }

    private final class Disks: @unchecked Sendable {
        // Sendable: a simulation has one thread.
        let nodes: [Node]
        init(_ count: Int) { nodes = (0..<count).map { _ in Node() } }
    }

    /// How many batches are appended: not fewer, and not more whatever comes of them.
    private static var leastAppends: Int { 400 }
    private static var mostAppends: Int { 8_000 }

    private let disks: Disks
    /// What has the protocol drop what is agreed on up to a place, where that can be asked for.
    private let compaction: ((UInt64) -> Protocol.Request)?
    private let count: Int
    private var simulator: Simulator<Machine>
    private var generator: Xoshiro256StarStar
    /// The records that replicas have stored, by offset.
    private var agreed: [[UInt8]] = []
    /// How many batches were asked for, and those that were answered.
    private var asked = 0
    private(set) var answered: Set<UInt64> = []
    private(set) var faults = 0
    /// How often records were copied from one replica to another.
    private(set) var restored = 0
    private(set) var violations: [String] = []

    init(
        seed: Seed, settings: PartitionSettings,
        compaction: ((UInt64) -> Protocol.Request)? = nil,
        make: @escaping @Sendable (NodeID, [Protocol.Record], Seed) -> Protocol
    ) {
        let count = settings.replicas.count
        let disks = Disks(count)
        self.disks = disks
        self.compaction = compaction
        self.count = count
        generator = seed.derived(for: "world").generator()
        var network = NetworkConditions()
        network.delay = .uniform(.microseconds(100), .milliseconds(4))
        (network.loss, network.duplication, network.reordering) = (0.02, 0.02, 0.05)
        simulator = Simulator(
            nodes: count, seed: seed.derived(for: "cluster"), network: network
        ) { id, recovered, seed in
            let node = disks.nodes[id.place]
            node.life += 1
            let replication = make(id, recovered, seed)
            do {
                let image = try node.open().image()
                node.applied = image.place
                guard
                    let partition = ShenPartition(
                        id, settings: settings, replication: replication, image: image,
                        life: node.life)
                else { preconditionFailure("an image without a table") }
                return LogReplica(partition)
            } catch {
                preconditionFailure("a replica's log does not open: \(error)")
            }
        }
    }

    /// Runs load and faults until there was enough of both, then lets all be well, and checks what there is
    /// in the end.
    mutating func run() -> ScenarioReport {
        while !hasSeenEnough, violations.isEmpty {
            simulator.alarm(
                0, at: simulator.now + .milliseconds(Int64(1 + generator.next(below: 9))))
            drain(until: simulator.now + .seconds(1), stopping: true)
            append()
            if generator.next(below: 25) == 0 { disturb() }
        }
        heal()
        drain(until: simulator.now + .seconds(10), stopping: false)
        if violations.isEmpty { judge() }
        return ScenarioReport(
            operations: answered.count, faults: faults,
            simulated: simulator.now - Moment(nanoseconds: 0), trace: simulator.trace.value,
            violations: violations)
    }

    /// Whether there were enough appends, answers and faults; or so many appends that answers or faults
    /// will not come.
    private var hasSeenEnough: Bool {
        asked >= Self.mostAppends
            || asked >= Self.leastAppends && answered.count >= SwarmReport.leastOperations
                && faults >= SwarmReport.leastFaults
    }

    private mutating func append() {
        let node = NodeID(place: Int(generator.next(below: UInt64(count))))
        asked += 1
        var batch = RecordBatch(time: Moment(nanoseconds: Int64(asked)))
        for index in 0...generator.next(below: 3) { batch.add(Self.record(asked, index).span) }
        simulator.ask(.partition(.append(batch, token: UInt64(asked))), of: node)
    }

    private static func record(_ token: Int, _ index: UInt64) -> [UInt8] {
        [UInt8(token & 255), UInt8(token >> 8), UInt8(index)]
            + [UInt8](repeating: 7, count: token % 40)
    }

    private mutating func disturb() {
        let node = NodeID(place: Int(generator.next(below: UInt64(count))))
        let down = (0..<count).filter { simulator.isDown(NodeID(place: $0)) }
        if let first = down.first {
            inflict(.restart(NodeID(place: first)))
        } else {
            switch generator.next(below: 3) {
            case 0: crash(node)
            case 1:
                let others = (0..<count).map(NodeID.init(place:)).filter { $0 != node }
                inflict(.partition([[node], others]))
            default: inflict(.heal)
            }
        }
    }

    private mutating func inflict(_ fault: Fault) {
        if simulator.inflict(fault) { faults += 1 }
    }

    /// The machine loses its power: what the log had not synced goes in part.
    private mutating func crash(_ node: NodeID) {
        inflict(.crash(node, disk: .tears))
        let disk = disks.nodes[node.place]
        disk.log = nil
        disk.machine.crash(.powerCut(.reordered, .chosen(Seed(generator.next()))))
    }

    private mutating func heal() {
        simulator.inflict(.heal)
        for place in 0..<count where simulator.isDown(NodeID(place: place)) {
            simulator.inflict(.restart(NodeID(place: place)))
        }
    }

    private mutating func drain(until end: Moment, stopping: Bool) {
        while violations.isEmpty, let occurrence = simulator.next(until: end) {
            switch occurrence {
            case .event(let event, let node, _): take(event, of: node)
            case .alarm where stopping: return
            default: break
            }
        }
    }

    private mutating func take(_ event: Machine.Event, of node: NodeID) {
        switch event {
        case .partition(.stored(let batch)): store(batch, at: node)
        case .partition(.appended(let appended, let token)): check(appended, token)
        case .partition(.refused(let refusal, let token)):
            violations.append("append \(token) of \(node) was refused: \(refusal)")
        case .partition(.applied(let place)):
            disks.nodes[node.place].applied = place
            compact(node, through: place)
        case .partition(.dropping(let place)): keep(through: place, at: node)
        case .partition(.behind), .partition(.overloaded), .partition(.replication): break
        case .wanted(let demand, let receiver): give(demand, from: node, to: receiver)
        case .copied(let copy): take(copy, at: node)
        }
    }

    private mutating func store(_ batch: AgreedBatch, at node: NodeID) {
        do throws(LogError) {
            try disks.nodes[node.place].log?.store(batch)
        } catch {
            return violations.append("\(node) cannot store offset \(batch.first): \(error)")
        }
        for (index, record) in batch.batch.records.enumerated() {
            let offset = Int(batch.first) + index
            if offset == agreed.count {
                agreed.append(record)
            } else if offset > agreed.count || agreed[offset] != record {
                violations.append("\(node) has another record at offset \(offset)")
            }
        }
    }

    /// Makes durable what was told, before the protocol drops it.
    private mutating func keep(through place: UInt64, at node: NodeID) {
        let disk = disks.nodes[node.place]
        disk.applied = max(disk.applied, place)
        do throws(LogError) {
            try disk.log?.note(place: place)
            try disk.log?.sync()
        } catch {
            violations.append("\(node) cannot keep what is to be dropped: \(error)")
        }
    }

    private mutating func check(_ appended: Appended, _ token: UInt64) {
        answered.insert(token)
        for index in 0..<UInt64(appended.count) {
            let offset = Int(appended.first + index)
            guard offset < agreed.count, agreed[offset] == Self.record(Int(token), index) else {
                return violations.append(
                    "append \(token) was answered with \(appended), and is not there")
            }
        }
    }

    /// Now and then has the protocol drop what the log has made durable.
    private mutating func compact(_ node: NodeID, through place: UInt64) {
        guard let compaction, generator.next(below: 20) == 0,
            simulator[node]?.partition.isBehind == false
        else { return }
        do throws(LogError) {
            try disks.nodes[node.place].log?.note(place: place)
            try disks.nodes[node.place].log?.sync()
        } catch {
            return violations.append("\(node) cannot note place \(place): \(error)")
        }
        simulator.ask(.partition(.replication(compaction(place))), of: node)
    }

    /// Gives a replica what it lacks, in small parts, where this one has it.
    private mutating func give(_ demand: RecordDemand, from node: NodeID, to receiver: NodeID) {
        let disk = disks.nodes[node.place]
        do throws(LogError) {
            let copy = try disk.log?.copy(
                for: demand, applied: disk.applied, upTo: 1_000, at: &disk.place)
            if let copy { simulator.ask(.give(copy, to: receiver), of: node) }
        } catch {
            violations.append("\(node) cannot give \(demand): \(error)")
        }
    }

    /// Stores what another replica has given.
    private mutating func take(_ copy: RecordCopy, at node: NodeID) {
        guard let log = disks.nodes[node.place].log else { return }
        do throws(LogError) {
            let image = try log.take(copy)
            if image != nil { restored += 1 }
            simulator.ask(.took(end: log.end, image), of: node)
        } catch {
            violations.append("\(node) cannot take \(copy): \(error)")
        }
    }

    /// Checks what there is in the end.
    private mutating func judge() {
        var seen: [UInt64: Int] = [:]
        for record in agreed where record[2] == 0 {
            seen[UInt64(record[0]) | UInt64(record[1]) << 8, default: 0] += 1
        }
        for (token, times) in seen.sorted(by: { $0.key < $1.key }) where times > 1 {
            violations.append("append \(token) is there \(times) times")
        }
        for token in answered.sorted() where seen[token] == nil {
            violations.append("append \(token) was answered and is not there")
        }
        for place in 0..<count {
            let waiting = simulator[NodeID(place: place)]?.partition.waiting ?? 0
            if waiting > 0 { violations.append("node \(place) waits for \(waiting) appends") }
        }
        for (place, node) in disks.nodes.enumerated() where violations.isEmpty {
            let records = try? node.log?.records()
            if records != agreed {
                violations.append(
                    "node \(place) has \(records?.count ?? -1) records of \(agreed.count)")
            }
        }
    }
}
