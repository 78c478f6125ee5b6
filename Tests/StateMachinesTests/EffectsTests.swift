import StateMachines
import Testing

@Suite struct EffectsTests {
    private static let friend = NodeID(4)

    @Test func `effects keep what a step wants done, in its order`() {
        var effects = Effects<Counter>()
        #expect(effects.isEmpty)
        effects.send(1, to: Self.friend)
        effects.send(2, to: NodeID(5))
        effects.report("one")
        effects.report("two")
        #expect(effects.messages.map(\.message) == [1, 2])
        #expect(effects.messages.map(\.receiver) == [Self.friend, NodeID(5)])
        #expect(effects.events == ["one", "two"])
        #expect(!effects.isEmpty)
    }

    @Test func `positions count the records of a life, through all its steps`() {
        var effects = Effects<Counter>(position: 0)
        #expect(effects.store(10) == 1)
        #expect(effects.store(20) == 2)
        #expect(effects.position == 2)
        effects.reset(position: 2)
        #expect(effects.isEmpty && effects.position == 2)
        #expect(effects.store(30) == 3)
        #expect(effects.records == [30])
    }

    @Test func `a machine within another one stores, sends and tells through it`() {
        var effects = Effects<Wrapper>(position: 5)
        effects.send(1, to: Self.friend)
        effects.store(100)
        effects.report(.outer)
        effects.embed { (inner: inout Effects<Counter>) in
            #expect(inner.position == 6)
            inner.send(2, to: NodeID(9))
            #expect(inner.store(200) == 7)
            inner.report("told")
        } event: {
            .inner($0)
        }
        effects.embed(volatile: { (inner: inout Effects<Asker>) in
            inner.send(3, to: Self.friend)
            inner.report(8)
        }) { .asked($0) }
        effects.store(300)
        #expect(effects.messages.map(\.message) == [1, 2, 3])
        #expect(effects.messages.map(\.receiver) == [Self.friend, NodeID(9), Self.friend])
        #expect(effects.records == [100, 200, 300])
        #expect(effects.position == 8)
        #expect(effects.events == [.outer, .inner("told"), .asked(8)])
    }
}

/// Says that a machine holds others: only its types matter here.
private struct Wrapper: StateMachine {
    enum Event: Hashable, Sendable {
        case outer
        case inner(String)
        case asked(Int)
    }

    typealias Message = Int
    typealias Record = Int
    typealias Request = Never

    var deadline: Moment? { nil }

    mutating func start(at now: Moment, into effects: inout Effects<Self>) {}
    mutating func receive(
        _ message: Int, from sender: NodeID, at now: Moment, into effects: inout Effects<Self>
    ) {}
    mutating func handle(_ request: Never, at now: Moment, into effects: inout Effects<Self>) {}
    mutating func wake(at now: Moment, into effects: inout Effects<Self>) {}
    mutating func stored(
        through position: RecordPosition, at now: Moment, into effects: inout Effects<Self>
    ) {}
}
