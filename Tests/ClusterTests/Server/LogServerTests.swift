import Foundation
import Network
import Quantities
import Randomness
import Shen
import ShenRing
import StateMachines
import TestSupport
import Testing

@testable import Cluster

/// Replicas of a log between sockets, files and clocks.
@Suite(.serialized) struct LogServerTests {
    /// Three replicas.
    private final class Replicas {
        private let ids = (0..<3).map(NodeID.init(place:))
        private let replication: Replication
        private let compaction: CompactionRule?
        private let directory = TemporaryDirectory()
        private(set) var servers: [NodeID: LogServer] = [:]
        private var lives = 0

        init(_ replication: Replication, compaction: CompactionRule? = nil) throws {
            self.replication = replication
            self.compaction = compaction
            for id in ids { try start(id) }
        }

        deinit {
            // A test that fails leaves them running.
            for server in servers.values { server.stop() }
        }

        subscript(place: Int) -> LogServer {
            get throws { try #require(servers[ids[place]]) }
        }

        func start(_ id: NodeID) throws {
            lives += 1
            var plan = StoreServerPlan(
                options: NodeOptions(id: id, cluster: ClusterID(0x10_6C), listening: .loopback()),
                replication: replication, servers: ids, directory: directory.file("\(id)"),
                durability: .group, seed: testSeed.derived(for: lives))
            if let compaction { plan.compaction = compaction }
            let server = try LogServer(plan)
            servers[id] = server
            let address = try #require(server.address)
            for (other, peer) in servers where other != id {
                peer.introduce(id, at: address)
                if let place = peer.address { server.introduce(other, at: place) }
            }
        }

        func kill(_ id: NodeID) throws {
            let running = servers.removeValue(forKey: id)
            let server = try #require(running)
            server.stop(abruptly: true)
            try server.wait()
        }

        /// Waits until all have so many records, and gives those of each.
        func records(_ count: UInt64) throws -> [[[UInt8]]] {
            try servers.keys.sorted().map { id in
                let log = try #require(servers[id]?.log)
                var (records, cursor) = ([[UInt8]](), try log.subscribe(from: 0))
                while records.count < count {
                    let next = try cursor.next(upTo: .kibibytes(64), waiting: .seconds(60))
                    if next.isEmpty { throw Overdue(description: "\(id): \(log.offsets)") }
                    records += next.map(\.bytes)
                }
                return records
            }
        }

        func stop() throws {
            for id in ids { servers[id]?.stop() }
            for id in ids { try servers[id]?.wait() }
        }
    }

    private static func record(_ number: Int) -> [UInt8] {
        [UInt8(number & 255), UInt8(number >> 8)] + [UInt8](repeating: 1, count: number % 50)
    }

    /// Appends a record by the server at a place, and gives its offset.
    private func append(_ number: Int, by server: LogServer) throws -> UInt64 {
        let batch = RecordBatch(Self.record(number).span, time: MonotonicClock.now)
        guard case .appended(let appended) = server.append(batch) else {
            throw Overdue(description: "append \(number)")
        }
        return appended.first
    }

    /// Waits until a server has copied what it missed, or finds that it did not have to.
    private func awaitCopy(by server: LogServer, isNeeded: Bool) throws {
        // Records are there to be read a moment before it is known that they were the last.
        for _ in 0..<60_000 where isNeeded && server.copiesTaken == 0 { usleep(1_000) }
        #expect((server.copiesTaken > 0) == isNeeded)
    }

    @Test(arguments: Replication.allCases)
    func `what any of them appends, all of them have in one order`(replication: Replication) throws
    {
        let replicas = try Replicas(replication)
        var said: [UInt64: [UInt8]] = [:]
        for number in 0..<60 {
            said[try append(number, by: try replicas[number % 3])] = Self.record(number)
        }
        #expect(said.keys.sorted() == Array(0..<60))
        let records = try replicas.records(60)
        #expect(records[0].indices.allSatisfy { records[0][$0] == said[UInt64($0)] })
        #expect(records.allSatisfy { $0 == records[0] })
        try replicas.stop()
    }

    /// Rarely, and so often that nobody has the entries any more which one that was away has missed: then it has
    /// to copy the records.
    private static let compactions: [CompactionRule?] = [
        nil, CompactionRule(entries: 6, keeping: 2),
    ]

    @Test(arguments: Replication.allCases, compactions)
    func `one that was away has what was appended without it, and appends again`(
        replication: Replication, compaction: CompactionRule?
    ) throws {
        let replicas = try Replicas(replication, compaction: compaction)
        for number in 0..<20 { _ = try append(number, by: try replicas[0]) }
        try replicas.kill(NodeID(2))
        // A chain goes on without it once it has been missed.
        for number in 20..<40 { _ = try append(number, by: try replicas[1]) }
        try replicas.start(NodeID(2))
        // Also where nobody appends any more.
        _ = try replicas.records(40)
        try awaitCopy(by: try replicas[2], isNeeded: compaction != nil)
        for number in 40..<60 { _ = try append(number, by: try replicas[2]) }
        let records = try replicas.records(60)
        #expect(records.allSatisfy { $0 == records[0] })
        #expect(Set(records[0]) == Set((0..<60).map(Self.record)))
        try replicas.stop()
    }

    @Test func `appends that are under way when their server ends are told so`() throws {
        let replicas = try Replicas(.quorum)
        _ = try append(0, by: try replicas[0])
        let server = try replicas[0]
        for other in [NodeID(1), NodeID(2)] { try replicas.kill(other) }
        let outcomes = Signal<[AppendOutcome]>([])
        for number in 1...5 {
            let batch = RecordBatch(Self.record(number).span, time: MonotonicClock.now)
            server.append(batch) { outcome in outcomes.change { $0.append(outcome) } }
        }
        try replicas.kill(NodeID(0))
        try outcomes.wait("five outcomes") { $0.count == 5 }
        let allEnded = outcomes.change { told in
            told.allSatisfy { if case .ended = $0 { true } else { false } }
        }
        #expect(allEnded)
        guard case .ended = server.append(RecordBatch([1].span, time: MonotonicClock.now)) else {
            Issue.record("it goes on")
            return
        }
    }

    @Test func `records whose files are gone are told again by the journal, however many`() throws {
        let place = TemporaryDirectory()
        let plan = StoreServerPlan(
            options: NodeOptions(id: NodeID(0), cluster: ClusterID(1)), replication: .chain,
            servers: [NodeID(0)], directory: place.file("here"), durability: .none, seed: testSeed)
        let count = 9_000
        let server = try LogServer(plan)
        let answered = Signal(0)
        for number in 0..<count {
            try answered.wait("room") { number - $0 < 1_000 }
            let batch = RecordBatch(Self.record(number).span, time: MonotonicClock.now)
            server.append(batch) {
                guard case .appended = $0 else { return }
                answered.change { $0 += 1 }
            }
        }
        try answered.wait("all answers") { $0 == count }
        server.stop()
        try server.wait()
        try FileManager.default.removeItem(atPath: place.file("here/log"))
        let again = try LogServer(plan)
        var (found, cursor) = (0, try again.log.subscribe(from: 0))
        while found < count {
            let next = try cursor.next(upTo: .mebibytes(1), waiting: .seconds(60))
            if next.isEmpty { throw Overdue(description: "\(again.log.offsets)") }
            for record in next {
                #expect(record.bytes == Self.record(found))
                found += 1
            }
        }
        again.stop()
        try again.wait()
    }

    @Test func `a batch that no frame holds is refused at once`() throws {
        let replicas = try Replicas(.quorum)
        let batch = RecordBatch(
            [UInt8](repeating: 1, count: 4 << 20).span, time: MonotonicClock.now)
        guard case .tooLarge(let limit) = try replicas[0].append(batch) else {
            Issue.record("it is taken")
            return
        }
        let most = RecordBatch(
            [UInt8](repeating: 1, count: limit - 4).span, time: MonotonicClock.now)
        guard case .appended = try replicas[1].append(most) else {
            Issue.record("\(limit) bytes are not taken")
            return
        }
        #expect(try replicas.records(1).allSatisfy { $0[0].count == limit - 4 })
        try replicas.stop()
    }

    @Test func `a replica without a directory, or with one in use, is refused`() throws {
        let place = TemporaryDirectory()
        var plan = StoreServerPlan(
            options: NodeOptions(id: NodeID(0), cluster: ClusterID(1)), replication: .quorum,
            servers: [NodeID(0)], directory: nil, durability: .group, seed: testSeed)
        #expect(throws: NodeFailure.self) { try LogServer(plan) }
        plan.directory = place.file("here")
        let server = try LogServer(plan)
        #expect(throws: NodeFailure.self) { try LogServer(plan) }
        #expect(try append(3, by: server) == 0)
        server.stop()
        try server.wait()
        let again = try LogServer(plan)
        #expect(try append(4, by: again) == 1)
        again.stop()
        try again.wait()
    }
}
