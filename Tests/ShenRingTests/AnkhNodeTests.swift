import Randomness
import StateMachines
import Testing

@testable import ShenRing

@Suite struct AnkhNodeTests {
    private func view(_ names: [NodeName], version: UInt64 = 1) throws(RingError) -> RingView {
        try RingView(
            version: RingVersion(version), members: names.map { RingMember($0) }, virtualNodes: 2)
    }

    private func node(_ place: Int, recovered: [RingView] = []) throws -> AnkhNode {
        let settings = AnkhSettings(
            cluster: ClusterID(1), node: NodeID(place: place),
            peers: [0, 1, 2].map(NodeID.init(place:)), writer: NodeID(0),
            first: try view(["a"]), interval: .seconds(1), fanout: 1, history: 2)
        return AnkhNode(settings, recovered: recovered, seed: Seed(3))
    }

    private func join(_ name: NodeName, making version: UInt64) -> RingChange {
        RingChange(making: RingVersion(version), joining: [RingMember(name)])
    }

    private let now = Moment(nanoseconds: 5)

    private func message(_ content: AnkhMessage.Content) -> AnkhMessage {
        AnkhMessage(cluster: ClusterID(1), content)
    }

    @Test func `a version is told of when it is durable, not before`() throws {
        var (node, effects) = (try node(0), Effects<AnkhNode>())
        node.handle(.init(join("b", making: 2)), at: now, into: &effects)
        node.handle(.init(join("c", making: 3)), at: now, into: &effects)
        #expect(effects.records.map(\.version) == [RingVersion(2), RingVersion(3)])
        #expect(effects.messages.isEmpty && effects.events.isEmpty)
        #expect(node.view.version == .first)
        effects.reset(position: 2)
        node.stored(through: 1, at: now, into: &effects)
        #expect(node.view.version == RingVersion(2))
        #expect(effects.messages.map(\.message) == [message(.changes([join("b", making: 2)]))])
        #expect(effects.events.last == .published(RingVersion(2)))
        node.stored(through: 2, at: now, into: &effects)
        #expect(node.view.members.count == 3)
    }

    @Test func `a change that is not for the latest ring, or that makes none, is refused`() throws {
        var (writer, effects) = (try node(0), Effects<AnkhNode>())
        writer.handle(.init(join("b", making: 2)), at: now, into: &effects)
        let late = join("c", making: 2)
        writer.handle(.init(late), at: now, into: &effects)
        #expect(effects.events.last == .refused(late, .stale(RingVersion(2))))
        let twice = join("b", making: 3)
        writer.handle(.init(twice), at: now, into: &effects)
        #expect(effects.events.last == .refused(twice, .invalid(.duplicateName("b"))))
        var reader = try node(1)
        reader.handle(.init(late), at: now, into: &effects)
        #expect(effects.events.last == .refused(late, .notWriter(NodeID(0))))
        #expect(effects.records.count == 1)
    }

    @Test func `who has missed changes is sent them, and who has missed too many the whole ring`()
        throws
    {
        var (node, effects) = (try node(1), Effects<AnkhNode>())
        let changes = [join("b", making: 2), join("c", making: 3), join("d", making: 4)]
        node.receive(message(.changes(changes)), from: NodeID(0), at: now, into: &effects)
        #expect(node.view.version == RingVersion(4))
        #expect(effects.records.map(\.version) == [RingVersion(4)])
        effects.reset(position: 1)
        let second = try view(["a", "b"], version: 2)
        let asks = [second, try view(["a"])].map { message(.stamp(RingStamp(of: $0))) }
        for ask in asks { node.receive(ask, from: NodeID(2), at: now, into: &effects) }
        #expect(
            effects.messages.map(\.message) == [
                message(.changes(Array(changes[1...]))), message(.view(node.view)),
            ])
    }

    @Test func `a change whose base is missing is asked for, and one that came before is nothing`()
        throws
    {
        var (node, effects) = (try node(1), Effects<AnkhNode>())
        let gap = message(.changes([join("c", making: 3)]))
        node.receive(gap, from: NodeID(0), at: now, into: &effects)
        #expect(node.view.version == .first)
        #expect(effects.messages.map(\.message) == [message(.stamp(RingStamp(of: node.view)))])
        effects.reset(position: 0)
        let second = message(.changes([join("b", making: 2)]))
        for _ in 0..<2 { node.receive(second, from: NodeID(0), at: now, into: &effects) }
        #expect(effects.events.count == 1)
        let older = message(.view(try view(["a"])))
        node.receive(older, from: NodeID(0), at: now, into: &effects)
        #expect(node.view.version == RingVersion(2))
    }

    @Test func `strangers, other clusters and changes that make no ring are counted`() throws {
        var (node, effects) = (try node(1), Effects<AnkhNode>())
        let foreign = AnkhMessage(cluster: ClusterID(2), .view(try view(["x"], version: 9)))
        node.receive(foreign, from: NodeID(0), at: now, into: &effects)
        node.receive(
            message(.view(try view(["x"], version: 9))), from: NodeID(7), at: now, into: &effects)
        let broken = RingChange(making: RingVersion(2), leaving: ["nobody"])
        node.receive(message(.changes([broken])), from: NodeID(0), at: now, into: &effects)
        #expect(node.ignored == AnkhNode.Ignored(foreign: 1, strangers: 1, invalid: 1))
        #expect(node.view.version == .first && effects.messages.isEmpty)
    }

    @Test func `two rings of one version are noticed by their stamps, and each stays`() throws {
        var (node, effects) = (try node(1), Effects<AnkhNode>())
        let other = try view(["z"])
        node.receive(
            message(.stamp(RingStamp(of: other))), from: NodeID(2), at: now, into: &effects)
        node.receive(message(.view(other)), from: NodeID(2), at: now, into: &effects)
        let conflict = AnkhNode.Event.conflict(.first, with: NodeID(2))
        #expect(effects.events == [conflict, conflict])
        #expect(node.view.members == [RingMember("a")])
    }

    @Test func `a node goes on with the last ring on its disk, and compares it soon`() throws {
        let last = try view(["a", "b"], version: 6)
        var (node, effects) = (try node(2, recovered: [last]), Effects<AnkhNode>())
        node.start(at: now, into: &effects)
        #expect(effects.events == [.adopted(last)])
        let deadline = try #require(node.deadline)
        #expect(deadline <= now + .seconds(1))
        node.wake(at: deadline, into: &effects)
        #expect(effects.messages.map(\.message) == [message(.stamp(RingStamp(of: last)))])
        #expect(node.deadline.map { $0 > deadline } == true)
    }
}
