import StateMachines
import Testing

@testable import Network

@Suite(.enabled(if: Lab.hasRing, "this machine grants no io_uring"))
struct DatagramTests {
    @Test(
        "datagrams come whole, with their sender, and are answered",
        arguments: ["127.0.0.1:0", "[::1]:0"])
    func echo(place: String) throws {
        var server = try EventLoop(options: Lab.small)
        var client = try EventLoop(options: Lab.small)
        let address = try Address(parsing: place)
        let here: DatagramSocketID
        do throws(NetworkError) {
            here = try server.openDatagrams(at: address)
        } catch {
            // A machine without IPv6 has no such loopback.
            #expect(place.hasPrefix("["), "\(error)")
            return
        }
        let there = try client.openDatagrams(at: address)
        let target = try server.place(of: here)
        var serverSide = Recorder()
        var clientSide = Recorder()
        serverSide.echoes = true
        for size in [0, 1, 64, 1400, 4000] {
            let datagram = [UInt8](repeating: UInt8(size & 0xFF), count: size)
            clientSide.datagrams = []
            try client.send(datagram: datagram.span, to: target, from: there)
            try client.turn(&clientSide, until: Clock.now)
            try Lab.turn(&server, &serverSide) { $0.datagrams.last == datagram }
            try server.turn(&serverSide, until: Clock.now)
            try Lab.turn(&client, &clientSide) { !$0.datagrams.isEmpty }
            #expect(clientSide.datagrams == [datagram])
        }
        #expect(serverSide.senders.allSatisfy { $0 == client.address(of: there) })
        client.close(there)
        #expect(
            try client.send(datagram: [1].span, to: target, from: there) == .closed)
    }

    @Test("more datagrams than may be on their way are refused, and the kernel gets the others")
    func burst() throws {
        var loop = try EventLoop(options: Lab.small)
        let here = try loop.openDatagrams(at: .loopback())
        let there = try loop.openDatagrams(at: .loopback())
        let target = try loop.place(of: here)
        var outcomes: [SendOutcome] = []
        for _ in 0..<DatagramTable.outgoingLimit + 10 {
            outcomes.append(try loop.send(datagram: [1].span, to: target, from: there))
        }
        let taken = outcomes.count { $0 == .queued }
        #expect(taken == DatagramTable.outgoingLimit)
        var recorder = Recorder()
        for _ in 0..<1000 where loop.statistics.datagramsSent < UInt64(taken) {
            try loop.turn(&recorder, until: Clock.now + .milliseconds(10))
        }
        #expect(loop.statistics.datagramsSent == UInt64(taken))
        // Those beyond the receiver's memory are lost, as datagrams may be.
        try Lab.turn(&loop, &recorder) { !$0.datagrams.isEmpty }
        #expect(recorder.datagrams.count <= taken)
    }
}
