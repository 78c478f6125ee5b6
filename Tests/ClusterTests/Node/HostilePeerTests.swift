import Network
import ShenRing
import StateMachines
import TestSupport
import Testing

@testable import Cluster

/// Those who connect to a node and do not keep to what is agreed: each is counted and disconnected,
/// and nobody else notices.
@Suite struct HostilePeerTests {
    /// Says something to a bird, which has to end the connection and count it, and to go on.
    private func expect(
        _ count: KeyPath<NodeStatistics, UInt64>, of content: ConnectionOptions.Content,
        change: (inout NodeOptions) -> Void = { _ in },
        saying body: (ConnectionID, inout EventLoop) -> Void
    ) throws {
        let bird = try Bird(0, change: change)
        var loop = try EventLoop()
        var peer = try RawPeer(to: bird.address, content, on: &loop, body)
        try peer.awaitClosure(on: &loop)
        try bird.awaitStatistics { $0[keyPath: count] == 1 }
        let friend = try Bird(5)
        try friend.meet(bird)
        friend.say(1...1, to: bird.id)
        try bird.await(.heard(1, from: friend.id))
        #expect(bird.events == [.started, .heard(1, from: friend.id)])
        try friend.stop()
        try bird.stop()
    }

    private let frames = RawPeer.frames(of: Bird.cluster)

    private func greeting(
        from sender: Int = 9, to receiver: Int = 0, version: UInt16 = Greeting.currentVersion
    ) -> [UInt8] {
        Greeting(from: NodeID(place: sender), to: NodeID(place: receiver), version: version)
            .wireBytes
    }

    @Test func `one that sends what is no frame is counted and sent away`() throws {
        try expect(\.otherVersion, of: .bytes) { connection, loop in
            loop.send(Array("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n".utf8).span, to: connection)
        }
    }

    @Test func `one of another cluster is counted and sent away`() throws {
        let foreign = RawPeer.frames(of: ClusterID(1))
        try expect(\.otherCluster, of: foreign) { connection, loop in
            loop.send(kind: FrameKind.greeting, greeting().span, to: connection)
        }
    }

    @Test func `one that speaks a version of the future is counted and sent away`() throws {
        try expect(\.otherVersion, of: frames) { connection, loop in
            loop.send(kind: FrameKind.greeting, greeting(version: 2).span, to: connection)
        }
    }

    @Test func `one that does not say who it is is counted and sent away`() throws {
        try expect(\.strangers, of: frames) { connection, loop in
            loop.send(kind: FrameKind.messages, Note(1).wireBytes.span, to: connection)
        }
    }

    @Test func `one that says nothing at all is counted and sent away`() throws {
        try expect(\.strangers, of: frames, change: { $0.greetingDeadline = .milliseconds(20) }) {
            _, _ in
        }
    }

    @Test func `one whose greeting is cut off is counted and sent away`() throws {
        try expect(\.strangers, of: frames) { connection, loop in
            loop.send(kind: FrameKind.greeting, Array(greeting().dropLast()).span, to: connection)
        }
    }

    @Test func `one that wants another node is counted and sent away`() throws {
        try expect(\.strangers, of: frames) { connection, loop in
            loop.send(kind: FrameKind.greeting, greeting(to: 3).span, to: connection)
        }
    }

    @Test func `one that calls itself by the node's own name is counted and sent away`() throws {
        try expect(\.strangers, of: frames) { connection, loop in
            loop.send(kind: FrameKind.greeting, greeting(from: 0).span, to: connection)
        }
    }

    @Test func `one whose messages cannot be read is counted and sent away`() throws {
        try expect(\.malformed, of: frames) { connection, loop in
            loop.send(kind: FrameKind.greeting, greeting().span, to: connection)
            let cut = Array(Note(1, bytes: 8).wireBytes.dropLast())
            loop.send(kind: FrameKind.messages, cut.span, to: connection)
        }
    }

    @Test func `one that sends frames of no known kind is counted and sent away`() throws {
        try expect(\.noFrames, of: frames) { connection, loop in
            loop.send(kind: FrameKind.greeting, greeting().span, to: connection)
            loop.send(kind: 77, greeting().span, to: connection)
        }
    }

    @Test func `one that does not read loses what is for it, and nobody else does`() throws {
        let bird = try Bird(0) { options in
            options.maximumFrame = 1 << 16
            options.maximumUnsent = 1 << 18
        }
        let friend = try Bird(5)
        try friend.meet(bird)
        try bird.await("the friend") { $0.reachable.contains(friend.id) }
        var loop = try EventLoop()
        let hello = greeting()
        var peer = try RawPeer(to: bird.address, frames, on: &loop) { connection, loop in
            loop.send(kind: FrameKind.greeting, hello.span, to: connection)
            loop.pause(connection)
        }
        try peer.flush(on: &loop)
        try bird.await("the peer") { $0.reachable.contains(NodeID(9)) }
        try bird.awaitStatistics { statistics in
            bird.say(1...1_000, bytes: 1_000, to: NodeID(9))
            return statistics.overflowed > 0
        }
        bird.say(7...7, to: friend.id)
        try friend.await(.heard(7, from: bird.id))
        try friend.stop()
        try bird.stop()
    }
}
