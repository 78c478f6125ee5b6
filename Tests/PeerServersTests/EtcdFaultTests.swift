import Glibc
import Testing

@testable import PeerServers

/// Whether this process may make networks of its own.
private let networksRefusal: PeerFailure? = {
    do throws(PeerFailure) {
        _ = try SwitchedNetwork(places: 2)
        return nil
    } catch { return error }
}()

/// What etcd promises of those who are killed, cut off or silent, as its clients see it.
@Suite(.serialized, .enabled(if: EtcdCluster.installed != nil, "needs etcd-server"))
struct EtcdFaultTests {
    private func warm(_ prober: EtcdProber, _ cluster: EtcdCluster) throws {
        for member in cluster.endpoints.indices {
            _ = try prober.first("an answer") {
                $0.member == member && $0.saying == .acknowledged
            }
        }
    }

    @Test func `a leader that is killed is followed by another, and has all when it comes back`()
        throws
    {
        let directory = try TestDirectory()
        let cluster = try EtcdCluster(below: directory.path, members: 3)
        let prober = EtcdProber(of: cluster, payload: 100)
        try warm(prober, cluster)
        let old = cluster.leader
        let begin = ContinuousClock.now
        try cluster.servers[old].kill()
        let served = try prober.first("a write") {
            $0.saying == .acknowledged && $0.asked >= begin
        }
        #expect(served.member != old)
        let led = try prober.first("a leader") {
            guard case .status(let status) = $0.saying else { return false }
            return status.isLeader && $0.asked >= begin
        }
        #expect(led.member != old)
        try cluster.put("/while/away", [1, 2, 3], at: led.member)
        try cluster.servers[old].startAgain()
        try cluster.awaitRead(of: "/while/away", [1, 2, 3], by: old)
        try cluster.findLeader()
        #expect(cluster.leader != old)
        #expect(try prober.checkNothingLost(in: cluster) == prober.acknowledged)
        #expect(prober.acknowledged > 3)
        cluster.stop()
        #expect(directory.contents == [])
    }

    @Test func `a write that is gone is found`() throws {
        let directory = try TestDirectory()
        let cluster = try EtcdCluster(below: directory.path, members: 1)
        let prober = EtcdProber(of: cluster, payload: 1)
        while prober.acknowledged < 10 { _ = try prober.next(within: .milliseconds(10)) }
        #expect(try prober.checkNothingLost(in: cluster) == prober.acknowledged)
        let key = Array("/probe/0/000000000007".utf8)
        _ = try cluster.ask(
            0,
            EtcdRequest(
                path: "/etcdserverpb.KV/DeleteRange", message: ProtobufFields([(1, key)]).bytes))
        let failure = #expect(throws: PeerFailure.self) {
            try prober.checkNothingLost(in: cluster)
        }
        #expect("\(try #require(failure))".contains("1 of \(prober.acknowledged) writes"))
        #expect("\(try #require(failure))".contains("number 7"))
    }

    @Test func `calls on one connection fail by themselves`() throws {
        let directory = try TestDirectory()
        let cluster = try EtcdCluster(below: directory.path, members: 1)
        let calls = try GRPCCalls(try cluster.connection(to: 0))
        var streams: [UInt32] = []
        for path in ["/etcdserverpb.Maintenance/Status", "/nobody/Knows", "/etcdserverpb.KV/Put"] {
            let message = path.hasSuffix("Put") ? ProtobufFields([(1, [65])]).bytes : []
            let call = GRPCCall(path, authority: "\(cluster.endpoints[0])", message: message)
            streams.append(try #require(try calls.begin(call)))
        }
        var answers: [UInt32: Bool] = [:]
        while answers.count < 3 { try calls.receive { answers[$0] = $1 != nil } }
        #expect(streams.map { answers[$0] } == [true, false, true])
        #expect(throws: PeerFailure.self) {
            _ = try calls.all(3) { _ in
                GRPCCall("/nobody/Knows", authority: "x", message: [])
            }
        }
    }

    @Test func `calls that end while others are waited for are handed on`() throws {
        let directory = try TestDirectory()
        let cluster = try EtcdCluster(below: directory.path, members: 1)
        let calls = try GRPCCalls(try cluster.connection(to: 0))
        func call(_ path: String) -> GRPCCall {
            GRPCCall(path, authority: "\(cluster.endpoints[0])", message: [])
        }
        let status = "/etcdserverpb.Maintenance/Status"
        var ended: [UInt32: Bool] = [:]
        var begun: [UInt32: Bool] = [:]
        for place in 0..<20 {
            let path = place.isMultiple(of: 2) ? status : "/nobody/Knows"
            begun[try #require(try calls.begin(call(path)))] = path == status
        }
        // They are answered within some round trips, though nobody receives for their sake.
        for _ in 0..<1_000 where ended.count < begun.count {
            let answers = try calls.all(10, { _ in call(status) }) { ended[$0] = $1 != nil }
            #expect(answers.count == 10)
        }
        #expect(ended == begun)
    }

    @Test func `a cluster is filled with as much as was asked for, a key for each value`() throws {
        let directory = try TestDirectory()
        let cluster = try EtcdCluster(below: directory.path, members: 1)
        let count = try cluster.fill(mebibytes: 1)
        let found = EtcdAnswer.pairs(
            try cluster.ask(
                0, .keys(from: Array("/state/".utf8), before: Array("/state0".utf8), limit: 1000)))
        #expect(found.count == count && Set(found.map(\.key)).count == count)
        #expect(count * 8000 >= 1 << 20)
        #expect(try cluster.databaseSize(of: 0) > 0)
    }

    @Test func `who falls silent is noticed, nobody else is, and it can come back`() throws {
        let directory = try TestDirectory()
        let cluster = try EtcdCluster(below: directory.path, members: 1)
        let holders = try EtcdHolders(300, seconds: 1, in: cluster)
        // With the timing of its authors etcd grants no less.
        #expect(holders.length == 2)
        #expect(holders.living == Array(0..<300))
        for silent in [7, 299] {
            let begin = ContinuousClock.now
            holders.silence(silent)
            var gone: [EtcdHolders.Departure] = []
            while gone.isEmpty {
                gone = try holders.next(within: .milliseconds(50))
                try #require(ContinuousClock.now - begin < .seconds(60))
            }
            #expect(gone.map(\.holder) == [silent])
            // Two thirds of a lease are left at the least.
            #expect(gone[0].heard - begin > .seconds(1))
            try holders.revive(silent)
            #expect(holders.living.count == 300)
        }
        #expect(holders.renewals > 300)
    }

    @Test(.enabled(if: networksRefusal == nil, "needs network namespaces"))
    func `a leader that is cut off acknowledges nothing, and the others go on`() throws {
        let directory = try TestDirectory()
        let network = try SwitchedNetwork(places: 3)
        let cluster = try EtcdCluster(below: directory.path, members: 3, network: network)
        let prober = EtcdProber(of: cluster, payload: 100)
        try warm(prober, cluster)
        let old = cluster.leader
        try network.cut(old)
        let since = ContinuousClock.now
        var answers: [EtcdProber.Answer] = []
        func others() -> Bool {
            answers.contains {
                $0.member != old && $0.saying == .acknowledged && $0.asked >= since
            }
        }
        while !others() {
            answers += try prober.next(within: EtcdProber.pace)
            try #require(ContinuousClock.now - since < .seconds(60))
        }
        answers += try prober.go(on: .seconds(1))
        #expect(
            !answers.contains {
                $0.member == old && $0.saying == .acknowledged && $0.asked >= since
            })
        try network.join(old)
        let mended = ContinuousClock.now
        _ = try prober.first("a write at the member that was cut off") {
            $0.member == old && $0.saying == .acknowledged && $0.asked >= mended
        }
        try cluster.findLeader()
        #expect(try prober.checkNothingLost(in: cluster) > 3)
        cluster.stop()
        #expect(directory.contents == [])
    }

    @Test(.enabled(if: networksRefusal == nil, "needs network namespaces"))
    func `a place of a switch has a network to itself, and a visitor comes back from it`() throws {
        let before = try networkName()
        let network = try SwitchedNetwork(places: 2)
        let (listener, port) = try network.visit(0) { () throws(PeerFailure) in
            let listener = try SocketAddress.loopback(0).listening()
            return (listener, SocketAddress.port(of: listener))
        }
        defer { close(listener) }
        #expect(try networkName() == before)
        _ = try network.visit(0) { () throws(PeerFailure) in
            try SocketConnection(to: .tcp(port), server: "echo")
        }
        // Each place has a loopback of its own, and so has this process.
        #expect(throws: PeerFailure.self) {
            _ = try network.visit(1) { () throws(PeerFailure) in
                try SocketConnection(to: .tcp(port), server: "echo")
            }
        }
        #expect(throws: PeerFailure.self) {
            _ = try SocketConnection(to: .tcp(port), server: "echo")
        }
    }

    private func networkName() throws -> ino_t {
        var found = stat()
        // SAFETY: `found` outlives the call.
        try #require(unsafe stat("/proc/thread-self/ns/net", &found) == 0)
        return found.st_ino
    }
}
