import Cluster
import Measurement
import PeerServers
import Quantities
import StateMachines

/// An etcd cluster of as many members, which syncs what came together before it answers.
final class EtcdContender: ReplicationContender {
    let name = "etcd"
    /// Its version and options.
    let facts: [String]
    private let cluster: EtcdCluster
    private let turns: PeerTurns
    /// The same, each as long as the others' turns; found at the first.
    private var even: EvenTurns?
    private let underWay: Int
    private let clock: TickClock

    /// Starts servers, and has every client answered once.
    ///
    /// - Throws: `PeerFailure`, which is an absence where etcd is not installed.
    init(_ plan: StorePlan, clock: TickClock) throws {
        let cluster = try EtcdCluster(
            below: plan.directory, members: plan.replicas, units: plan.units)
        let value = (0..<plan.payload).map { 97 + UInt8($0 % 26) }
        let clients = try (0..<plan.clients).map { _ in
            try cluster.client(.put(value), of: ConsensusPeer.key, pipeline: plan.window)
        }
        let first = try clients.map { client in
            try client.exchangeOnce()
            try client.check()
            return client.takeValues().first ?? 0
        }
        let promise = NumberPromise(
            of: "etcd", from: (first.max() ?? 0) + 1, clients: clients.count)
        turns = PeerTurns(clients, of: cluster, promise: promise)
        facts = cluster.facts
        underWay = plan.clients * plan.window
        self.cluster = cluster
        self.clock = clock
    }

    func turn(for span: Span) throws -> ReplicationTurn {
        let even =
            try even
            ?? EvenTurns(turns, length: Nanoseconds(span.inNanoseconds), clock: clock)
        self.even = even
        // The first exchanges after a rest are slower.
        _ = try turns.turn(operations: underWay, clock: clock)
        let processes = cluster.servers.map(\.process)
        let before = try ProcessorTimes(of: processes)
        let begin = MonotonicClock.now
        // One exchange for the whole turn: clients wait for each other at its end alone.
        _ = try even.turn(operations: underWay, clock: clock)
        let writes = even.performed(of: underWay)
        let length = MonotonicClock.now - begin
        let (servers, clients) = before.until(try ProcessorTimes(of: processes))
        // A closed loop: as many are under way as clients have, whatever each waits (Little's law; the few
        // that end before the last one make it a little too long).
        return ReplicationTurn(
            writes: writes, length: length,
            meanWait: length.inNanoseconds * Double(underWay) / Double(writes),
            servers: servers, clients: clients)
    }

    func finish() throws -> String {
        try turns.checkNothingMissing()
        return "every revision was given to one put"
    }
}
