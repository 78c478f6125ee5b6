import Checkers
import Cluster
import Foundation
import Glibc
import Hardware
import Measurement
import Quantities
import RingSimulation
import ShenRing
import StateMachines
import Testing

@testable import Benchmarks

/// Replicated stores over processes as `nilometer run` measures them, and how figures are made of what
/// clients heard.
@Suite(.serialized) struct ReplicationProcessTests {
    private static func moment(_ milliseconds: Int64) -> Moment {
        Moment(nanoseconds: milliseconds * 1_000_000)
    }

    private static func answer(
        _ asked: Int64, _ heard: Int64, isRead: Bool = false
    ) -> ClientLog.Answer {
        ClientLog.Answer(asked: moment(asked), heard: moment(heard), key: 0, isRead: isRead)
    }

    private func measurement(
        _ load: [ClientLog.Answer], audited: [ClientLog.Answer] = []
    ) -> StoreMeasurement {
        StoreMeasurement(
            begin: Self.moment(1000), end: Self.moment(1200), load: load, audited: audited,
            faults: [])
    }

    @Test func `waits, rates and ranks are those of the answers`() {
        let measured = measurement([
            Self.answer(1000, 1010), Self.answer(1010, 1040), Self.answer(1040, 1060),
            Self.answer(1060, 1199),
        ])
        #expect(measured.waits == [10, 20, 30, 139].map { Span.milliseconds($0) })
        #expect(measured.throughput == 20)
        #expect(measured.throughputs(in: .milliseconds(50)) == [40, 20, 0, 20])
        // What does not fill a window is in none.
        #expect(measured.throughputs(in: .milliseconds(150)).count == 1)
        let waits = measured.waits
        #expect(StoreMeasurement.wait(of: waits, share: 0.5) == .milliseconds(20))
        #expect(StoreMeasurement.wait(of: waits, share: 0.99) == .milliseconds(139))
        #expect(StoreMeasurement.wait(of: waits, share: 0) == .milliseconds(10))
    }

    @Test func `an outage ends with the first answer to a write that was made since`() {
        let fault = StoreMeasurement.Fault(
            fault: StoreFault(kind: .kill, role: .leader, start: .zero),
            server: 0, at: Self.moment(1050), inForce: Self.moment(1055))
        // What was asked between the two may have been served before it was in force.
        let measured = measurement(
            [Self.answer(1040, 1060), Self.answer(1052, 1062), Self.answer(1055, 1180)],
            audited: [Self.answer(1056, 1057, isRead: true), Self.answer(1060, 1150)])
        #expect(measured.outage(after: fault) == .milliseconds(100))
        #expect(measurement([Self.answer(1040, 1060)]).outage(after: fault) == nil)
    }

    @Test
    func `a read of a key is known by what was asked since, not by how many answers there are`() {
        let log = ClientLog(keepsHistory: false)
        func read(
            _ number: UInt64, _ key: UInt64, at asked: Int64, _ operation: KeyedOperation = .read
        ) {
            let id = RequestID(client: NodeID(1), number: number)
            log.note(.invoked(id, key: key, operation), at: Self.moment(asked))
            log.note(.answered(id, .value(nil)), at: Self.moment(asked + 1))
        }
        read(1, 7, at: 10)
        read(2, 8, at: 20, .write([1]))
        #expect(log.hasRead([7], since: Self.moment(10)))
        #expect(!log.hasRead([7], since: Self.moment(11)), "it was asked before")
        #expect(!log.hasRead([8], since: Self.moment(10)), "it was written, not read")
        read(3, 8, at: 30)
        #expect(log.hasRead(7...8, since: Self.moment(10)))
        #expect(!log.hasRead(7...9, since: Self.moment(10)))
    }

    @Test func `a read of what was never written is found`() throws {
        let log = ClientLog(keepsHistory: true)
        let id = RequestID(client: NodeID(1), number: 1)
        log.note(.invoked(id, key: 0, .read), at: Self.moment(1))
        #expect(log.outstanding == 1)
        log.note(.answered(id, .value([1, 2, 3])), at: Self.moment(2))
        #expect(log.outstanding == 0 && log.count == 1)
        let (verdict, operations) = try registerVerdict(of: [log])
        #expect(operations == 1)
        guard case .violation = verdict else {
            Issue.record("found \(verdict)")
            return
        }
    }

    @Test func `an acknowledged write that is gone is found, one that was abandoned is not`() throws
    {
        for isAcknowledged in [true, false] {
            let log = ClientLog(keepsHistory: true)
            let (write, read) = (
                RequestID(client: NodeID(1), number: 1), RequestID(client: NodeID(2), number: 1)
            )
            log.note(.invoked(write, key: 0, .write([7])), at: Self.moment(1))
            log.note(
                isAcknowledged ? .answered(write, .written(at: 1)) : .abandoned(write),
                at: Self.moment(2))
            let reader = ClientLog(keepsHistory: true)
            reader.note(.invoked(read, key: 0, .read), at: Self.moment(3))
            reader.note(.answered(read, .value(nil)), at: Self.moment(4))
            let verdict = try registerVerdict(of: [log, reader]).verdict
            if case .linearizable = verdict {
                #expect(!isAcknowledged)
            } else {
                #expect(isAcknowledged)
            }
        }
    }

    /// A client's log of writes: what was asked, and where it was said to stand.
    private enum Said { case asks(UInt64), hears(UInt64, UInt64) }

    private func places(of client: UInt32, _ said: [Said]) -> WrittenPlaces {
        let log = ClientLog(keepsHistory: false)
        for said in said {
            switch said {
            case .asks(let number):
                let id = RequestID(client: NodeID(client), number: number)
                log.note(.invoked(id, key: number, .write([1])), at: Self.moment(1))
            case .hears(let number, let place):
                let id = RequestID(client: NodeID(client), number: number)
                log.note(.answered(id, .written(at: place)), at: Self.moment(1))
                // What is measured is taken out now and then; places stay.
                #expect(log.takeAnswers().count == 1)
            }
        }
        return log.places
    }

    @Test func `writes have places of their own, in the order in which a client asked`() throws {
        // Two under way may stand either way round, and those of several clients between each other.
        let one = places(
            of: 1, [.asks(1), .asks(2), .hears(2, 3), .hears(1, 5), .asks(3), .hears(3, 6)])
        let other = places(of: 2, [.asks(1), .hears(1, 4), .asks(2), .hears(2, 9)])
        #expect(try WrittenPlaces.check([one, other]) == 5)
        #expect(try WrittenPlaces.check([]) == 0)
    }

    @Test func `a place that two writes have is found, of one client or of several`() {
        let one = places(of: 1, [.asks(1), .asks(2), .hears(1, 7), .hears(2, 7)])
        let others = (1...2).map { places(of: $0, [.asks(1), .hears(1, 7)]) }
        for clients in [[one], others] {
            let failure = #expect(throws: StoreFailure.self) {
                try WrittenPlaces.check(clients)
            }
            #expect(failure?.description.hasSuffix("two writes stand at place 7") == true)
        }
    }

    @Test func `a write before one that was answered when it was asked for is found`() {
        let client = places(of: 1, [.asks(1), .hears(1, 7), .asks(2), .hears(2, 6)])
        let failure = #expect(throws: StoreFailure.self) { try WrittenPlaces.check([client]) }
        #expect(
            failure?.description.hasSuffix(
                "a write at place 6 was asked for after one at 7 was answered") == true)
    }

    private func measure(_ name: String, _ values: [(String, String)]) throws -> ForkRecord {
        let directory = "/tmp/nilometer-replication-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: "\(directory)/scratch", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let benchmark = try #require(BenchmarkCatalogue.descriptions.first { $0.name == name })
        var parameters = try ParameterSet(benchmark.parameters.map { ($0.name, $0.defaultValue) })
        for (key, value) in values { parameters = parameters.with(key, value) }
        let request = ForkRequest(
            benchmark: name, parameters: parameters, fork: 0, seed: 5,
            time: Nanoseconds.milliseconds(200).rawValue,
            processingUnits: [try #require(ThreadBinding.allowedPUs().indexes.first)],
            directory: .init(path: directory, durability: "unknown"), parent: getpid())
        let record = try ForkProcess(
            executable: BuiltProgram.path, scratch: "\(directory)/scratch"
        ).run(request, shouldStop: { false })
        let left = try FileManager.default.contentsOfDirectory(atPath: directory)
        #expect(left == ["scratch"], "\(left) is left")
        return record
    }

    @Test(arguments: ["replication.chain", "replication.quorum"], ["3", "5"])
    func `writes are measured, and what others hear is checked`(
        name: String, replicas: String
    ) throws {
        let record = try measure(
            name,
            [("replicas", replicas), ("window", "8"), ("payload", "1000"), ("durability", "each")])
        #expect(Set(record.series.map(\.metric)) == ["latency", "throughput"])
        #expect(
            record.series.allSatisfy {
                !$0.samples.isEmpty && $0.samples.allSatisfy { $0 >= 0 }
            })
        #expect(record.notes.contains { $0.hasSuffix("are linearizable") })
        #expect(record.notes.contains { $0.contains(" writes have places of their own") })
    }

    @Test(arguments: Replication.allCases, ["0", "1"])
    func `an append goes through all rings, and its parts fit into the whole`(
        replication: Replication, rivals: String
    ) throws {
        let record = try measure(
            "shen.append", [("replication", replication.rawValue), ("rivals", rivals)])
        let figures = Dictionary(
            uniqueKeysWithValues: record.series.map { ($0.metric, $0.samples) })
        let parts = ["locate", "alive", "token", "write", "release"]
        #expect(Set(figures.keys).subtracting(["handover"]) == Set(parts + ["latency"]))
        let whole = try #require(figures["latency"])
        for (index, sum) in whole.enumerated() {
            let added = try parts.map { try #require(figures[$0])[index] }.reduce(0, +)
            #expect(added > 0 && added <= sum)
        }
        // Whoever has no rival hands nothing over.
        #expect((figures["handover"] == nil) == (rivals == "0"))
        #expect(record.notes.contains { $0.hasSuffix("rights, no two at once") })
    }

    @Test(arguments: Replication.allCases, ["1", "100"])
    func `a log takes batches and gives them back, and every record is looked for`(
        replication: Replication, batch: String
    ) throws {
        let record = try measure(
            "shen.throughput",
            [("replication", replication.rawValue), ("batch", batch), ("payload", "8")])
        let figures = Dictionary(
            uniqueKeysWithValues: record.series.map { ($0.metric, $0.samples) })
        #expect(Set(figures.keys) == ["write", "latency", "read"])
        #expect(figures["read"]?.count ?? 0 >= 3 && figures["read"]?.allSatisfy { $0 > 0 } == true)
        let note = try #require(record.notes.first { $0.hasSuffix("are where they should be") })
        let records = try #require(note.split(separator: " ").first.flatMap { Int($0) })
        let each = try #require(Int(batch))
        // Those of the warm-up, and at least one more.
        #expect(records % each == 0 && records > 20 * each)
    }

    @Test(arguments: ["head", "middle", "leader", "follower"])
    func `a log goes on when a replica is killed, with all that was answered`(role: String) throws {
        let record = try measure("shen.failover", [("role", role), ("silence", "1s")])
        let figures = Dictionary(
            uniqueKeysWithValues: record.series.map { ($0.metric, $0.samples) })
        #expect(figures["lost"]?.allSatisfy { $0 == 0 } == true)
        #expect(figures["outage"]?.allSatisfy { $0 > 0 } == true)
    }

    @Test(arguments: ["replication.chain", "replication.quorum"])
    func `over links no write takes less than two round trips`(name: String) throws {
        // To the first server, to two more or to one and back, and back to the client.
        let record = try measure(name, [("rtt", "20ms"), ("silence", "2s")])
        let waits = try #require(record.series.first { $0.metric == "latency" })
        #expect(!waits.samples.isEmpty && waits.samples.allSatisfy { $0 >= 40e6 })
        #expect(waits.parameters["rtt"] == "20ms")
        #expect(record.notes.contains { $0.hasPrefix("links by a relay") })
    }

    @Test func `without links nothing is said of a round trip`() throws {
        let record = try measure("replication.quorum", [])
        #expect(record.series.allSatisfy { $0.parameters["rtt"] == nil })
    }

    @Test func `a round trip that the silence cannot bear is refused`() throws {
        let values = [("rtt", "201ms"), ("silence", "1s")]
        let refusal = ReplicationProcesses.contradiction(try ParameterSet(values), .seconds(1))
        #expect(try #require(refusal).contains("expected a fifth of it at most"))
        for fine in [[("rtt", "200ms"), ("silence", "1s")], [("rtt", "none"), ("silence", "1s")]] {
            #expect(ReplicationProcesses.contradiction(try ParameterSet(fine), .seconds(1)) == nil)
        }
    }

    @Test(arguments: Replication.allCases)
    func `a server joins while writes go on, and none of them fails`(
        replication: Replication
    ) throws {
        let record = try measure(
            "replication.join",
            [
                ("protocol", replication.rawValue), ("silence", "1s"), ("stored", "2000"),
                ("rate", "200"),
            ])
        func samples(_ metric: String, joining: String? = nil) -> [Double] {
            record.series.filter { $0.metric == metric && $0.parameters["joining"] == joining }
                .flatMap(\.samples)
        }
        #expect(samples("failed") == [0])
        #expect(samples("joined").allSatisfy { $0 > 0 } && samples("joined").count == 1)
        let gaps = (
            before: samples("gap", joining: "no"), meanwhile: samples("gap", joining: "yes")
        )
        // One write in five milliseconds: answers are no closer on average.
        #expect(gaps.before.allSatisfy { $0 >= 4.9e6 } && gaps.before.count == 1)
        #expect(gaps.meanwhile.allSatisfy { $0 >= 4.9e6 } && gaps.meanwhile.count == 1)
        #expect(samples("unserved") == zip(gaps.meanwhile, gaps.before).map { max(0, $0 - $1) })
    }

    @Test func `writes come at equal intervals, whatever became of those before`() {
        let begin = Self.moment(1000)
        var pace = WritePace(rate: 100, payload: 12, from: begin)
        func due(at milliseconds: Int64) -> Int {
            var count = 0
            while pace.take(at: Self.moment(milliseconds)) != nil { count += 1 }
            return count
        }
        #expect([999, 1000, 1009, 1010, 1050].map(due(at:)) == [0, 1, 0, 1, 4])
        #expect(pace.count == 6)
    }

    @Test(arguments: ["head", "middle", "tail", "leader", "follower"])
    func `a kill has an outage, and nothing that was acknowledged is lost`(role: String) throws {
        let record = try measure(
            "replication.failover", [("role", role), ("silence", "1s")])
        let figures = Dictionary(
            uniqueKeysWithValues: record.series.map { ($0.metric, $0.samples) })
        #expect(figures["lost"]?.allSatisfy { $0 == 0 } == true)
        #expect(figures["outage"]?.allSatisfy { $0 > 0 } == true)
    }
}
