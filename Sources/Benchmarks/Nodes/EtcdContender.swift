import Cluster
import Measurement
import PeerServers
import StateMachines

/// An etcd cluster of as many members, which syncs what came together before it answers.
final class EtcdContender: ReplicationContender {
    let name = "etcd"
    /// Its version and options.
    let facts: [String]
    private let cluster: EtcdCluster
    private let turns: PeerTurns
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
        // The first exchanges after a rest are slower.
        _ = try turns.turn(operations: underWay, clock: clock)
        let processes = cluster.servers.map(\.process)
        let before = try ProcessorTimes(of: processes)
        let begin = MonotonicClock.now
        var writes = 0
        while MonotonicClock.now < begin + span {
            _ = try turns.turn(operations: underWay * 4, clock: clock)
            writes += turns.performed(of: underWay * 4)
        }
        let length = MonotonicClock.now - begin
        let (servers, clients) = before.until(try ProcessorTimes(of: processes))
        // A closed loop: as many are under way as clients have, whatever each waits (Little's law).
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
