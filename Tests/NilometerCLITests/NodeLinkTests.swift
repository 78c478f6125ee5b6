import Foundation
import Testing

/// Clusters whose links are long, slow or cut, and whose servers come back.
@Suite(.serialized) struct NodeLinkTests {
    @Test(arguments: ["quorum", "chain"])
    func `no write takes less than its hops over the links`(name: String) throws {
        let report = try ClusterRun.report([
            "--protocol", name, "--rtt", "10ms", "--window", "1", "--duration", "500ms",
            "--failure-timeout", "2s", "--durability", "none",
        ])
        // To the first server, to two more or to one and back, and back: four times one way.
        #expect(try #require(report.latency).p50 >= 20_000_000)
        let links = try #require(report.links)
        #expect(links.kind == "relay" && links.roundTrip == 10_000_000 && links.lost == 0)
        #expect(try #require(links.late).p50 >= 0)
    }

    @Test func `links with jitter and loss change nothing in what is promised`() throws {
        let report = try ClusterRun.report([
            "--rtt", "2ms", "--jitter", "500us", "--loss", "2%", "--window", "8", "--payload",
            "1000", "--duration", "2s", "--failure-timeout", "3s",
        ])
        let links = try #require(report.links)
        #expect(links.jitter == 500_000 && links.loss == 0.02 && links.rate == nil)
        #expect(try #require(links.lost) > 0 && report.writes > 0 && report.checked >= 44)
    }

    @Test func `no more is written than a link takes, where that is what bounds it`() throws {
        let (bytes, window) = (10_000, 8)
        func report(_ more: [String]) throws -> ClusterRun.Report {
            try ClusterRun.report(
                [
                    "--window", "\(window)", "--payload", "\(bytes)", "--duration", "1s",
                    "--durability", "none", "--failure-timeout", "5s",
                ] + more)
        }
        let slow = try report(["--rate", "4Mbit/s"])
        #expect(try #require(slow.links).rate == 500_000 && slow.writes > 0)
        // Each value crosses the client's link to whom it writes. Those that are answered have, but for
        // those that were under way when the measurement began.
        let most = 500_000 * slow.seconds / Double(bytes) + Double(window)
        #expect(Double(slow.writes) <= most)
        // Without a limit there would have been more than that.
        #expect(Double(try report(["--rtt", "0ms"]).writes) > most)
    }

    @Test func `without links there is nothing to report of them`() throws {
        let report = try ClusterRun.report(["--duration", "200ms", "--failure-timeout", "2s"])
        #expect(report.links == nil)
    }

    @Test(arguments: [
        ("quorum", "leader", "both"), ("quorum", "leader", "in"), ("quorum", "leader", "out"),
        ("quorum", "follower", "both"), ("chain", "head", "both"), ("chain", "tail", "in"),
        ("chain", "middle", "out"),
    ])
    func `writes go on after a server was cut off, and nothing acknowledged is lost`(
        name: String, role: String, direction: String
    ) throws {
        let way = direction == "both" ? "" : ":\(direction)"
        let report = try ClusterRun.report([
            "--protocol", name, "--duration", "5s", "--cut", "\(role)@500ms+1s\(way)",
            "--failure-timeout", "500ms",
        ])
        let fault = try #require(report.faults.first)
        #expect(fault.kind == "cut" && fault.role == role && fault.direction == direction)
        #expect(try #require(fault.lasted) >= 1 && fault.returnedAs == nil)
        let outage = try #require(fault.outage)
        // Without one follower a majority goes on. Who leads, and whoever is in a chain, has to be given up
        // first: after the failure timeout, from the last heartbeat before the cut, which was sent a tenth
        // of it before at most. What was cut shorter would be no cut.
        #expect(role == "follower" || outage >= 450_000_000)
    }

    @Test func `writes go on after all connections of a server have ended`() throws {
        let report = try ClusterRun.report([
            "--duration", "3s", "--reset", "leader@500ms", "--failure-timeout", "500ms",
        ])
        let fault = try #require(report.faults.first)
        #expect(fault.kind == "reset" && fault.lasted == nil && fault.outage != nil)
    }

    @Test func `a server that was killed comes back, and stands in for the next one`() throws {
        let report = try ClusterRun.report([
            "--duration", "8s", "--kill", "follower@300ms+300ms", "--kill", "leader@4s",
            "--failure-timeout", "500ms",
        ])
        #expect(report.faults.count == 2)
        let first = try #require(report.faults.first)
        #expect(["leader", "follower"].contains(first.returnedAs ?? ""))
        #expect(try #require(first.returnedAfter) > 0 && #require(first.lasted) >= 0.3)
        // Of three servers one is gone for good: the other two are a majority only together.
        let second = try #require(report.faults.last)
        #expect(second.lasted == nil && second.returnedAs == nil && second.outage != nil)
        #expect(second.server != first.server)
    }

    @Test func `a server is back when it has heard of a leader, which takes a round trip at least`()
        throws
    {
        let report = try ClusterRun.report([
            "--duration", "3s", "--kill", "follower@300ms+300ms", "--failure-timeout", "500ms",
            "--rtt", "100ms", "--window", "1",
        ])
        let fault = try #require(report.faults.first)
        // Its connections died with it. Whoever calls over a link is connected a round trip later.
        #expect(try #require(fault.returnedAfter) >= 100_000_000)
    }

    @Test(arguments: ["head", "middle", "tail"])
    func `a server of a chain that was killed has a place in it again`(role: String) throws {
        let report = try ClusterRun.report([
            "--protocol", "chain", "--duration", "6s", "--kill", "\(role)@300ms+500ms",
            "--failure-timeout", "500ms", "--rtt", "1ms",
        ])
        let fault = try #require(report.faults.first)
        #expect(["head", "middle", "tail"].contains(fault.returnedAs ?? ""))
        #expect(try #require(fault.lasted) >= 0.5 && fault.outage != nil)
    }

    @Test func `a server that is killed twice comes back twice`() throws {
        let report = try ClusterRun.report([
            "--nodes", "1", "--duration", "5s", "--kill", "leader@300ms+200ms", "--kill",
            "leader@1500ms+200ms", "--failure-timeout", "300ms",
        ])
        #expect(report.faults.map(\.returnedAs) == ["leader", "leader"])
        #expect(report.faults.allSatisfy { $0.server == 0 && $0.outage != nil })
    }
}
