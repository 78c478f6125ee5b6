import Foundation
import Glibc
import Hardware
import Measurement
import Quantities
import Testing

@testable import Benchmarks

/// Benchmarks of the network as `nilometer run` measures them. Every answer is compared with what was
/// sent, so that a contender which distorts fails its fork.
@Suite(.serialized) struct NetworkForkTests {
    private static let tcp: Set = [
        "nilometer", "nilometer-frames", "nilometer-nio", "swift-nio", "epoll",
    ]

    private static let units = (try? ThreadBinding.allowedPUs().indexes) ?? []

    private let directory = "/tmp/nilometer-network-\(UUID().uuidString)"

    init() throws {
        try FileManager.default.createDirectory(
            atPath: "\(directory)/scratch", withIntermediateDirectories: true)
    }

    private func measure(_ name: String, _ values: [(String, String)]) throws -> ForkRecord {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let benchmark = try #require(BenchmarkCatalogue.descriptions.first { $0.name == name })
        var parameters = try ParameterSet(benchmark.parameters.map { ($0.name, $0.defaultValue) })
        for (key, value) in values + [("turn", "1ms")] {
            parameters = parameters.with(key, value)
        }
        let request = ForkRequest(
            benchmark: name, parameters: parameters, fork: 0, seed: 5,
            time: Nanoseconds.milliseconds(5).rawValue, processingUnits: Self.units,
            directory: .init(path: directory, durability: "unknown"), parent: getpid())
        return try ForkProcess(executable: BuiltProgram.path, scratch: "\(directory)/scratch")
            .run(request, shouldStop: { false })
    }

    /// Each contender has every figure, but for the ratio of the reference to itself.
    private func check(
        _ record: ForkRecord, _ metric: String, _ contenders: Set<String>, reference: String
    ) {
        #expect(
            record.series.allSatisfy { !$0.samples.isEmpty && $0.samples.allSatisfy { $0 > 0 } })
        func names(_ metric: String) -> Set<String> {
            Set(
                record.series.filter { $0.metric == metric }.compactMap {
                    $0.parameters["contender"]
                })
        }
        #expect(names(metric) == contenders)
        #expect(names("relative") == contenders.subtracting([reference]))
    }

    @Test(.enabled(if: units.count > 1, "needs two processing units"), arguments: ["64", "5000"])
    func `messages go there and back over TCP by every contender`(message: String) throws {
        let record = try measure("net.tcp.rtt", [("message", message), ("waiting", "blocking")])
        check(record, "latency", Self.tcp, reference: "epoll")
    }

    @Test(.enabled(if: units.count > 1, "needs two processing units"))
    func `a window of messages goes there and back, larger than what sockets hold`() throws {
        let record = try measure(
            "net.tcp.throughput", [("message", "65536"), ("window", "256")])
        check(
            record, "throughput", ["nilometer", "nilometer-frames", "epoll"], reference: "epoll")
    }

    @Test(.enabled(if: units.count > 1, "needs two processing units"))
    func `datagrams go there and back by every contender`() throws {
        check(
            try measure("net.udp.rtt", []), "latency", ["nilometer", "epoll"], reference: "epoll")
    }

    @Test(.enabled(if: units.count > 1, "needs two processing units"))
    func `requests are answered beside bare messages`() throws {
        check(
            try measure("net.http.rtt", []), "latency", ["nilometer-http", "nilometer"],
            reference: "nilometer")
    }

    @Test(
        .enabled(if: units.count > 1, "needs two processing units"),
        .enabled(if: WrkRun.version(scratch: "/tmp") != nil, "needs wrk"))
    func `wrk is answered by the server, and by the echo beside it`() throws {
        let record = try measure("net.http.throughput", [("connections", "8")])
        let rates = record.series.filter { $0.metric == "throughput" }
        #expect(rates.map { $0.parameters["contender"] } == ["nilometer-http", "echo"])
        #expect(rates.allSatisfy { $0.samples.count == 1 && $0.samples[0] > 0 })
        let ratio = try #require(record.series.first { $0.metric == "over-floor" })
        #expect(ratio.samples == [rates[1].samples[0] / rates[0].samples[0]])
        #expect(record.notes.contains { $0.hasPrefix("wrk ") })
    }

    @Test func `what wrk says is its rate, or that something went wrong`() throws {
        let text = """
            Running 1s test @ http://127.0.0.1:40000/
              1 threads and 8 connections
              Thread Stats   Avg      Stdev     Max   +/- Stdev
                Latency    55.10us   11.02us   1.02ms   91.02%
                Req/Sec   140.02k     2.11k  143.60k    80.00%
              139512 requests in 1.00s, 22.62MB read
            Requests/sec: 139501.25
            Transfer/sec:     22.62MB

            """
        #expect(try WrkRun(reading: text).rate == 139_501.25)
        for wrong in [
            "", "Requests/sec: 0.00", "Requests/sec: many",
            text + "Socket errors: connect 0, read 3, write 0, timeout 0\n",
            text + "Non-2xx or 3xx responses: 7\n",
        ] {
            #expect(throws: WrkRun.Unreadable.self) { try WrkRun(reading: wrong) }
        }
    }
}
