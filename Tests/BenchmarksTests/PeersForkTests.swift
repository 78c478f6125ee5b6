import Foundation
import Glibc
import Hardware
import Measurement
import PeerServers
import Quantities
import Testing

@testable import Benchmarks

/// Benchmarks of servers as `nilometer run` measures them: in a process of their own, which may be
/// killed at any moment.
@Suite(.serialized) struct PeersForkTests {
    private static let hasRedis = RedisServer.installed != nil
    private static let hasPostgres = PostgresServer.installed != nil
    private static let units = (try? ThreadBinding.allowedPUs().indexes) ?? []

    private let directory = "/tmp/nilometer-fork-\(UUID().uuidString)"

    init() throws {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o755])
    }

    private func request(
        _ name: String, _ values: [(String, String)], time: Nanoseconds
    ) throws -> ForkRequest {
        let benchmark = try #require(BenchmarkCatalogue.descriptions.first { $0.name == name })
        var parameters = try ParameterSet(benchmark.parameters.map { ($0.name, $0.defaultValue) })
        for (key, value) in values { parameters = parameters.with(key, value) }
        return ForkRequest(
            benchmark: name, parameters: parameters, fork: 0, seed: 5, time: time.rawValue,
            processingUnits: Self.units, directory: .init(path: directory, durability: "unknown"),
            parent: getpid())
    }

    @Test(
        .enabled(if: hasRedis, "needs redis-server"),
        arguments: [
            ("peer.redis.incr", "redis-memory,redis-always"), ("peer.redis.get", ""),
        ])
    func `many clients give throughput, held against the echo, and no latency`(
        name: String, contenders: String
    ) throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let scratch = "\(directory)/scratch"
        try FileManager.default.createDirectory(
            atPath: scratch, withIntermediateDirectories: false)
        let values = contenders.isEmpty ? [] : [("contenders", contenders)]
        let record = try ForkProcess(executable: BuiltProgram.path, scratch: scratch).run(
            request(
                name, values + [("clients", "3"), ("pipeline", "5"), ("turn", "2ms")],
                time: .milliseconds(20)), shouldStop: { false })
        let metrics = Set(record.series.map(\.metric))
        #expect(metrics == ["throughput", "over-floor", "floor"])
        #expect(
            record.series.allSatisfy { !$0.samples.isEmpty && $0.samples.allSatisfy { $0 > 0 } })
        #expect(record.notes.contains { $0.contains("Redis ") && $0.contains("appendonly") })
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["scratch"])
    }

    @Test(
        .enabled(if: NATSServer.installed != nil, "needs nats-server"), arguments: ["1", "4"])
    func `a log gives latency to one client and throughput to many`(clients: String) throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let scratch = "\(directory)/scratch"
        try FileManager.default.createDirectory(
            atPath: scratch, withIntermediateDirectories: false)
        let record = try ForkProcess(executable: BuiltProgram.path, scratch: scratch).run(
            request(
                "peer.nats.append", [("clients", clients), ("turn", "2ms")],
                time: .milliseconds(20)), shouldStop: { false })
        let metrics = Set(record.series.map(\.metric))
        #expect(metrics.subtracting(["latency"]) == ["throughput", "over-floor", "floor"])
        #expect(metrics.contains("latency") == (clients == "1"))
        #expect(record.notes.contains { $0.contains("NATS 2.") })
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["scratch"])
    }

    @Test func `a server that is not here is noted with its reason, and the rest goes on`() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let request = try request("peer.redis.get", [("turn", "1ms")], time: .milliseconds(1))
        let context = ForkContext(request: request, clock: TickClock())
        var recorder = Recorder(for: RedisRead.description, parameters: request.parameters)
        var contest = PeerContest(try PeerSetting(context, directory: directory), context)
        let absence = PeerFailure.notInstalled(
            program: "redis-server", package: "redis-server", places: "nowhere")
        try contest.add("redis-server", into: &recorder) { throw absence }
        #expect(contest.isEmpty)
        try contest.addFloor(of: RedisConversation.reading("key", "value"))
        try contest.measure(recorder.figureParameters(), into: &recorder)
        #expect(recorder.notes == ["redis-server: unavailable, \(absence)"])
        #expect(Set(recorder.series.map(\.metric)) == ["floor"])
        // What is no absence is an error.
        let failure = PeerFailure.brokenPromise(server: "redis-server", what: "a number came twice")
        #expect(throws: failure) {
            try contest.add("redis-server", into: &recorder) { throw failure }
        }
    }

    /// What can be killed here, and how many servers it has at least.
    private static let killed = [
        ("peer.redis.incr", 3, hasRedis), ("peer.postgres.nextval", 1, hasPostgres),
    ]
    .filter(\.2).map { ($0.0, $0.1) }

    @Test(
        .enabled(if: !killed.isEmpty, "needs redis-server or PostgreSQL"), arguments: killed)
    func `servers go when the process that measures is killed`(
        name: String, servers: Int
    ) throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = "\(directory)/request.json"
        try JSONEncoder().encode(request(name, [], time: .seconds(600)))
            .write(to: URL(fileURLWithPath: path))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: BuiltProgram.path)
        process.arguments = [ForkProcess.verb, path, "\(directory)/record.json"]
        // Where the sockets' directories are.
        process.environment = ["TMPDIR": directory]
        process.standardError = FileHandle.nullDevice
        try process.run()
        defer { process.terminate() }
        // The engine's counter is made last, or first and synced from then on; servers by then run.
        #expect(waits { process.isRunning && running().count >= servers && answers(name) })
        let found = running()
        #expect(found.count >= servers, "\(name): \(found)")
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        #expect(waits { running().isEmpty })
        // What the fork itself made is for its parent, which is told that it ended.
        let own = ["request.json", ".nilometer-fork-\(getpid())-\(process.processIdentifier)"]
        #expect(waits { (try? contents(directory)) == own.sorted() })
        #expect(
            waits {
                (try? contents("\(directory)/\(own[1])"))?.allSatisfy { $0 == "counter" } == true
            })
    }

    private func contents(_ path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    }

    /// Whether a server has got as far as a socket.
    private func answers(_ name: String) -> Bool {
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: directory)) ?? []
        return names.contains {
            $0.hasSuffix("/echo") || $0.hasSuffix("/redis") || $0.contains(".s.PGSQL.")
        }
    }

    /// The processes that run below the test's directory, which every server does.
    private func running() -> [Int32] {
        let files = FileManager.default
        let processes = ((try? files.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap(
            Int32.init)
        return processes.filter { process in
            guard let place = try? files.destinationOfSymbolicLink(atPath: "/proc/\(process)/cwd")
            else { return false }
            return place.hasPrefix("\(directory)/")
        }
    }

    /// Whether `condition` comes to hold before long.
    private func waits(_ condition: () -> Bool) -> Bool {
        for _ in 0..<6000 {
            if condition() { return true }
            usleep(5000)
        }
        return false
    }
}
