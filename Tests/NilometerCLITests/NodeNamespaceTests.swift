import Foundation
import Glibc
import Testing

/// What this machine lets be made.
private enum Grants {
    /// Whether there are namespaces, cables and switches.
    static let namespaces: Bool = succeeds(
        "command -v nsenter; ip link add br0 type bridge; ip link add v0 type veth peer name v1")
    /// Whether its kernel has netem.
    static let netem: Bool = succeeds("tc qdisc add dev lo root netem delay 1ms")

    /// Whether a shell in a network of its own can do this.
    private static func succeeds(_ script: String) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        process.arguments = ["--net", "/bin/sh", "-ec", script]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}

/// Clusters whose servers have network namespaces of their own.
@Suite(
    .serialized,
    .enabled(if: Grants.namespaces, "needs root, iproute2, and a kernel with bridges"))
struct NodeNamespaceTests {
    /// The cables into this process's network, by their names.
    private var cables: Set<String> {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/sys/class/net")) ?? []
        return Set(names.filter { $0.hasPrefix("nm-") })
    }

    /// The kernel removes by and by what nobody is in.
    private func areSoonGone(_ found: Set<String>) -> Bool {
        for _ in 0..<3000 {
            if cables.isDisjoint(with: found) { return true }
            usleep(10_000)
        }
        return false
    }

    @Test(arguments: ["quorum", "chain"])
    func `servers in namespaces are loaded, checked and gone`(name: String) throws {
        let report = try ClusterRun.report([
            "--isolation", "namespace", "--protocol", name, "--duration", "500ms",
            "--failure-timeout", "2s",
        ])
        #expect(report.isolation == "namespace" && report.writes > 0 && report.checked >= 44)
    }

    @Test func `links reach into namespaces, and servers come back into theirs`() throws {
        let report = try ClusterRun.report([
            "--isolation", "namespace", "--rtt", "2ms", "--duration", "6s", "--kill",
            "follower@300ms+300ms", "--cut", "leader@2500ms+500ms", "--failure-timeout", "500ms",
        ])
        #expect(try #require(report.latency).p50 >= 4_000_000)
        #expect(report.faults.count == 2 && report.faults.allSatisfy { $0.outage != nil })
        #expect(report.faults.first?.returnedAs != nil)
    }

    private static let delayed = [
        "--isolation", "namespace", "--rtt", "4ms", "--window", "1", "--duration", "300ms",
        "--failure-timeout", "2s",
    ]

    @Test(.enabled(if: Grants.netem, "this kernel has no netem"))
    func `links are the kernel's where it has netem`() throws {
        for kind in ["auto", "netem"] {
            let report = try ClusterRun.report(Self.delayed + ["--links", kind])
            let links = try #require(report.links)
            #expect(links.kind == "netem" && links.late == nil && links.lost == nil)
            #expect(try #require(report.latency).p50 >= 8_000_000)
        }
    }

    @Test(.enabled(if: !Grants.netem, "this kernel has netem"))
    func `where the kernel has no netem it is said, and links are a relay's`() throws {
        let report = try ClusterRun.report(Self.delayed)
        #expect(try #require(report.links).kind == "relay")
        let tool = try Tool()
        defer { tool.remove() }
        let result = try tool.run(["cluster"] + Self.delayed + ["--links", "netem"])
        #expect(result.status == 3 && result.errors.contains("this kernel has no netem"))
    }

    @Test(arguments: [SIGKILL, SIGTERM])
    func `nothing is left of a network whose cluster was ended`(signal: Int32) throws {
        let tool = try Tool()
        defer { tool.remove() }
        var found: Set<String> = []
        let before = cables
        let result = try tool.run(["cluster", "--isolation", "namespace", "--duration", "1h"]) {
            process in
            for _ in 0..<3000 where found.isEmpty {
                usleep(10_000)
                found = cables.subtracting(before)
            }
            kill(process, signal)
        }
        #expect(result.status == (signal == SIGTERM ? 130 : -1), "\(result.errors)")
        #expect(!found.isEmpty && areSoonGone(found))
    }
}
