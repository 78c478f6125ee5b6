import Foundation
import Glibc
import Testing

/// `nilometer node` and `nilometer cluster` as a user runs them.
@Suite(.serialized) struct NodeTests {
    @Test(arguments: ["quorum", "chain"], ["none", "group", "each"])
    func `a cluster is loaded, measured and checked`(name: String, durability: String) throws {
        let report = try ClusterRun.report([
            "--protocol", name, "--durability", durability, "--duration", "300ms", "--clients",
            "2", "--window", "4", "--payload", "100", "--failure-timeout", "2s",
        ])
        #expect(report.schema == "nilometer/cluster/1" && report.protocol == name)
        #expect(report.nodes == 3 && report.writes > 0 && report.throughput > 0)
        // Both auditors asked, and read their four keys in the end.
        #expect(report.checked >= 44 && report.faults.isEmpty)
        let latency = try #require(report.latency)
        #expect(0 < latency.p50 && latency.p50 <= latency.p99 && latency.p99 <= latency.max)
    }

    @Test(arguments: [
        ("quorum", "leader"), ("quorum", "follower"), ("chain", "head"), ("chain", "middle"),
        ("chain", "tail"),
    ])
    func `writes go on after a server was killed, whatever it did`(
        name: String, role: String
    ) throws {
        let report = try ClusterRun.report([
            "--protocol", name, "--duration", "6s", "--kill", "\(role)@500ms",
            "--failure-timeout", "500ms",
        ])
        let fault = try #require(report.faults.first)
        #expect(fault.kind == "kill" && fault.role == role && (0..<3).contains(fault.server))
        #expect(try #require(fault.outage) > 0)
    }

    @Test func `writes go on after a server was frozen, and thawed`() throws {
        let report = try ClusterRun.report([
            "--protocol", "quorum", "--duration", "6s", "--freeze", "leader@300ms+2s",
            "--failure-timeout", "500ms",
        ])
        let fault = try #require(report.faults.first)
        #expect(fault.kind == "freeze" && fault.outage != nil)
    }

    /// The servers whose parent, by way of guards, is a directory's cluster.
    private func servers(below directory: String) -> [String] {
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return processes.filter { name in
            guard Int(name) != nil,
                let words = FileManager.default.contents(atPath: "/proc/\(name)/cmdline")
            else { return false }
            let text = String(decoding: words, as: UTF8.self)
            return text.contains("\0node\0") && text.contains(directory)
        }
    }

    /// Whether a server of a directory's cluster has said that it leads.
    private func isLed(below directory: String) -> Bool {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.contains { name in
            let log = try? String(
                contentsOfFile: "\(directory)/\(name)/server.log", encoding: .utf8)
            return log?.contains("role leader") == true
        }
    }

    @Test func `a server that ends by itself ends the cluster, and is named with how it ended`()
        throws
    {
        let tool = try Tool()
        defer { tool.remove() }
        let result = try tool.run(["cluster", "--duration", "20s", "--json"]) { _ in
            for _ in 0..<3000 where !isLed(below: tool.directory) { usleep(10_000) }
            // Not through its guard: the cluster has not asked for it, and the others are a majority
            // without it. As the kernel does where memory is short.
            if let one = servers(below: tool.directory).last.flatMap({ Int32($0) }) {
                kill(one, SIGKILL)
            }
        }
        #expect(result.status == 3 && result.output.isEmpty)
        #expect(result.errors.contains("was ended by signal 9"), "\(result.errors)")
    }

    @Test(arguments: [SIGKILL, SIGTERM])
    func `servers end with the cluster that started them, and leave nothing`(signal: Int32) throws {
        let tool = try Tool()
        defer { tool.remove() }
        func isSoon(_ condition: () -> Bool) -> Bool {
            for _ in 0..<3000 {
                if condition() { return true }
                usleep(10_000)
            }
            return false
        }
        let result = try tool.run(["cluster", "--duration", "1h"]) { process in
            #expect(isSoon { servers(below: tool.directory).count == 3 })
            // Until it has begun to measure, it ends at once where it is told to.
            kill(process, signal)
        }
        #expect(result.status == (signal == SIGTERM ? 130 : -1))
        #expect(isSoon { servers(below: tool.directory).isEmpty })
        #expect(
            isSoon {
                let names = try? FileManager.default.contentsOfDirectory(atPath: tool.directory)
                return names?.contains { $0.hasPrefix("nilometer-") } == false
            })
    }

    @Test(arguments: [
        (["--id", "3", "--members", "0=127.0.0.1:0"], "--id: '3'"),
        (["--id", "x", "--members", "0=127.0.0.1:0"], "--id: 'x'"),
        (["--id", "0", "--members", ""], "--members: ''"),
        (["--id", "0", "--members", "0"], "--members: '0', expected NUMBER=ADDRESS"),
        (["--id", "0", "--members", "0=localhost:7"], "--members: 'localhost'"),
        (["--id", "0", "--members", "0=127.0.0.1:99999"], "--members: '99999'"),
        (["--id", "0", "--members", "0=127.0.0.1:0,0=127.0.0.1:1"], "0 is there twice"),
        (
            ["--id", "0", "--members", "0=127.0.0.1:0", "--protocol", "paxos"],
            "--protocol: 'paxos'"
        ),
        (
            ["--id", "0", "--members", "0=127.0.0.1:0", "--joiners", "1"],
            "--joiners: '1', expected numbers of --members"
        ),
        (
            ["--id", "0", "--members", "0=127.0.0.1:0,1=127.0.0.1:1", "--joiners", "1,1"],
            "--joiners: '1,1', expected numbers of --members"
        ),
        (
            ["--id", "0", "--members", "0=127.0.0.1:0", "--joiners", "0"],
            "--joiners: '0' leaves nobody who founds the cluster"
        ),
        (
            [
                "--id", "0", "--members", "0=127.0.0.1:0,1=127.0.0.1:1", "--joiners", "1",
                "--protocol", "gossip",
            ], "--joiners: '1' for gossip, expected --protocol chain or quorum"
        ),
        (
            ["--id", "0", "--members", "0=127.0.0.1:0", "--contenders", "3"],
            "--contenders: 3 for quorum, expected --protocol token"
        ),
        (
            [
                "--id", "0", "--members", "0=127.0.0.1:0", "--protocol", "token", "--contenders",
                "1001",
            ], "--contenders: 1001, expected 0 to 1000"
        ),
        (
            ["--id", "0", "--members", "0=127.0.0.1:0", "--durability", "each"],
            "--durability: 'each'"
        ),
        (
            [
                "--id", "0", "--members", "0=127.0.0.1:0", "--directory", "/tmp", "--durability",
                "all",
            ], "--durability: 'all'"
        ),
        (
            ["--id", "0", "--members", "0=127.0.0.1:0", "--failure-timeout", "1ns"],
            "--failure-timeout: '1ns'"
        ),
    ])
    func `a node says what is wrong with its options`(options: [String], what: String) throws {
        try expect(["node"] + options, status: 2, what)
    }

    @Test(arguments: [
        (["--nodes", "0"], "--nodes: '0', expected 1 to 15"),
        (["--payload", "4"], "--payload: '4'"), (["--window", "0"], "--window: '0'"),
        (["--clients", "65"], "--clients: '65'"), (["--protocol", "x"], "--protocol: 'x'"),
        (["--durability", "x"], "--durability: 'x'"), (["--duration", "1"], "--duration"),
        (["--duration", "1ms"], "--duration: '1ms'"),
        (["--kill", "tail"], "--kill: 'tail', expected one of leader, follower"),
        (["--protocol", "chain", "--kill", "leader"], "expected one of head, middle, tail"),
        (["--kill", "leader+never"], "--kill: 'never'"),
        (["--kill", "leader@9s"], "--kill: '9s'"),
        (["--kill", "leader:in"], "--kill: 'leader:in', expected ROLE[@TIME][+TIME]"),
        (["--reset", "leader+1s"], "--reset: 'leader+1s', expected ROLE[@TIME]: it takes no time"),
        (["--cut", "tail"], "--cut: 'tail', expected one of leader, follower"),
        (
            ["--cut", "leader:up"],
            "--cut: 'leader:up', expected ROLE[@TIME][+TIME], and :in or :out"
        ),
        (["--isolation", "vm"], "--isolation: 'vm', expected process or namespace"),
        (["--links", "wires"], "--links: 'wires', expected auto, relay or netem"),
        (["--links", "netem"], "--links: 'netem', expected relay, or --isolation namespace"),
        (
            ["--links", "netem", "--isolation", "namespace", "--cut", "leader"],
            "without --cut and --reset"
        ),
        (["--rtt", "1"], "--rtt: "),
        (["--rtt", "101ms"], "--rtt: '101ms', expected 0 ns to 100 ms"),
        (["--rtt", "1ms", "--jitter", "501us"], "--jitter: '501us', expected 0 ns to 500 µs"),
        (["--loss", "51%"], "--loss: '51%', expected 0% to 50%"),
        (["--loss", "1ms"], "--loss: '1ms'"),
        (["--loss", "some"], "--loss: 'some'"), (["--rate", "1%"], "--rate: '1%'"),
        (["--rate", "1bit/s"], "--rate: '1bit/s', expected 8Kbit/s to 1Tbit/s"),
        (["--kill", "leader", "--kill", "follower"], "fewer than half"),
        (["--freeze", "leader@1s+soon"], "--freeze: "),
        (["--path", "/nowhere"], "--path: '/nowhere', expected a directory"),
    ])
    func `a cluster says what is wrong with its options`(options: [String], what: String) throws {
        try expect(["cluster"] + options, status: 2, what)
    }

    @Test func `a node whose records cannot be kept, or that cannot listen, says why`() throws {
        let members = ["node", "--id", "0", "--members"]
        try expect(
            members + ["0=127.0.0.1:0", "--directory", "/proc/none"], status: 3, "/proc/none")
        try expect(members + ["0=192.0.2.1:1"], status: 3, "the node's network")
    }

    private func expect(_ words: [String], status: Int32, _ what: String) throws {
        let tool = try Tool()
        defer { tool.remove() }
        let result = try tool.run(words)
        #expect(result.status == status)
        #expect(result.errors.contains(what), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        #expect(result.output.isEmpty)
    }
}
