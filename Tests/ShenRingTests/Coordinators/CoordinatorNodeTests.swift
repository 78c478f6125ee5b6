import StateMachines
import Testing

@testable import ShenRing

@Suite struct CoordinatorNodeTests {
    private let client = NodeID(9)
    private let cluster = ClusterID(1)

    /// A coordinator whose disk syncs when it is told to, and whose clock is a number of milliseconds.
    private struct Bench {
        var node: CoordinatorNode
        var disk: [CoordinatorRecord] = []
        var effects: Effects<CoordinatorNode>
        var answers: [RequestID: CoordinatorAnswer] = [:]
        var stored: RecordPosition = 0

        init(_ settings: CoordinatorSettings, disk: [CoordinatorRecord] = []) {
            node = CoordinatorNode(settings, recovered: disk)
            self.disk = disk
            effects = Effects()
        }

        mutating func step(_ body: (inout CoordinatorNode, inout Effects<CoordinatorNode>) -> Void)
        {
            body(&node, &effects)
            disk += effects.records
            for outgoing in effects.messages {
                if case .answer(let id, let answer) = outgoing.message.content {
                    answers[id] = answer
                }
            }
            stored = effects.position
            effects.reset(position: stored)
        }

        mutating func start(at now: Int64) {
            step { $0.start(at: Moment(nanoseconds: now * 1_000_000), into: &$1) }
        }

        mutating func sync(at now: Int64) {
            let position = stored
            step {
                $0.stored(through: position, at: Moment(nanoseconds: now * 1_000_000), into: &$1)
            }
        }

        mutating func wake(at now: Int64) {
            step { $0.wake(at: Moment(nanoseconds: now * 1_000_000), into: &$1) }
        }

        @discardableResult
        mutating func ask(
            _ number: UInt64, _ service: CoordinatorService = .stamps, count: UInt64 = 1,
            oldest: UInt64 = 1, cluster: ClusterID = ClusterID(1), at now: Int64
        ) -> CoordinatorAnswer? {
            let id = RequestID(client: NodeID(9), number: number)
            let request = CoordinatorRequest(
                id: id, oldest: oldest, service: service, count: count, home: NodeID(0))
            step {
                $0.receive(
                    CoordinatorMessage(cluster: cluster, .ask(request)), from: NodeID(9),
                    at: Moment(nanoseconds: now * 1_000_000), into: &$1)
            }
            return answers[id]
        }
    }

    private func settings() -> CoordinatorSettings {
        var settings = CoordinatorSettings(
            cluster: cluster, machine: 5, layout: StampLayout(machineBits: 3, sequenceBits: 2))
        (settings.window, settings.reserve, settings.queue) = (10, 8, 3)
        settings.patience = .milliseconds(50)
        return settings
    }

    private func stamp(_ time: UInt64, _ sequence: UInt64) -> UInt64 {
        StampLayout(machineBits: 3, sequenceBits: 2).stamp(
            time: time, machine: 5, sequence: sequence)
    }

    private func given(_ first: UInt64, _ count: UInt64 = 1) -> CoordinatorAnswer {
        .given(IdentifierRun(first: first, count: count))
    }

    @Test func `nothing is given out before what it is reserved by is durable`() {
        var bench = Bench(settings())
        bench.start(at: 100)
        #expect(bench.disk == [.time(before: 110), .numbers(before: 8)])
        #expect(bench.ask(1, at: 100) == nil)
        #expect(bench.ask(2, .numbers, at: 100) == nil)
        bench.sync(at: 101)
        #expect(bench.answers[RequestID(client: client, number: 1)] == given(stamp(101, 0)))
        let number = StampLayout(machineBits: 3, sequenceBits: 2).number(0, machine: 5)
        #expect(bench.answers[RequestID(client: client, number: 2)] == given(number))
    }

    @Test func `a millisecond whose numbers are used up is followed by the next, when it comes`() {
        var bench = Bench(settings())
        bench.start(at: 100)
        bench.sync(at: 100)
        #expect(bench.ask(1, count: 3, at: 100) == given(stamp(100, 0), 3))
        // One is left, and two are asked for: runs are not torn.
        #expect(bench.ask(2, count: 2, at: 100) == nil)
        #expect(bench.node.deadline == Moment(nanoseconds: 101_000_000))
        bench.wake(at: 101)
        #expect(
            bench.answers[RequestID(client: client, number: 2)] == given(stamp(101, 0), 2))
        #expect(bench.node.deadline == nil)
        #expect(bench.ask(3, count: 5, at: 101) == .most(4))
        #expect(bench.ask(4, count: 0, at: 101) == .most(4))
    }

    @Test func `when the clock is set back the last millisecond is used up, and then waited for`() {
        var bench = Bench(settings())
        bench.start(at: 100)
        bench.sync(at: 100)
        #expect(bench.ask(1, at: 100) == given(stamp(100, 0)))
        bench.step {
            $0.handle(
                .wallClock(ahead: .milliseconds(-20)), at: Moment(nanoseconds: 100_000_000),
                into: &$1)
        }
        #expect(bench.ask(2, count: 3, at: 101) == given(stamp(100, 1), 3))
        #expect(bench.ask(3, at: 102) == nil)
        // The wall clock reads 101 when the node's own reads 121.
        #expect(bench.node.deadline == Moment(nanoseconds: 121_000_000))
        bench.wake(at: 121)
        #expect(bench.answers[RequestID(client: client, number: 3)] == given(stamp(101, 0)))
    }

    @Test func `a clock that is too far behind is not waited for`() {
        var bench = Bench(settings(), disk: [.time(before: 1_000)])
        bench.start(at: 100)
        #expect(bench.ask(1, at: 100) == nil)
        #expect(bench.node.deadline == Moment(nanoseconds: 150_000_000))
        bench.wake(at: 150)
        #expect(bench.answers[RequestID(client: client, number: 1)] == .busy)
    }

    @Test func `after a crash it goes on above all that was reserved, whatever the clock says`() {
        let disk: [CoordinatorRecord] = [
            .time(before: 110), .numbers(before: 8), .time(before: 118), .numbers(before: 16),
        ]
        var bench = Bench(settings(), disk: disk)
        bench.start(at: 90)
        #expect(bench.ask(1, at: 90) == nil)
        bench.sync(at: 118)
        bench.wake(at: 118)
        bench.sync(at: 118)
        #expect(bench.answers[RequestID(client: client, number: 1)] == given(stamp(118, 0)))
        let number = StampLayout(machineBits: 3, sequenceBits: 2).number(16, machine: 5)
        #expect(bench.ask(2, .numbers, at: 118) == given(number))
    }

    @Test
    func `a retry gets the answer that it got, and one that is no longer waited for gets none`() {
        var bench = Bench(settings())
        bench.start(at: 100)
        bench.sync(at: 100)
        let first = bench.ask(1, at: 100)
        #expect(bench.ask(2, at: 100) == given(stamp(100, 1)))
        bench.answers = [:]
        #expect(bench.ask(1, at: 105) == first)
        #expect(bench.ask(7, oldest: 7, at: 105) == given(stamp(105, 0)))
        bench.answers = [:]
        #expect(bench.ask(3, at: 105) == nil)
        #expect(bench.node.ignored.forgotten == 1)
    }

    @Test func `too many that wait are told so, and strangers are counted`() {
        var bench = Bench(settings())
        bench.start(at: 100)
        for number in 1...3 as ClosedRange<UInt64> { #expect(bench.ask(number, at: 100) == nil) }
        // A retry of one that waits takes no place of its own.
        #expect(bench.ask(3, at: 100) == nil)
        #expect(bench.ask(4, at: 100) == .busy)
        #expect(bench.ask(5, cluster: ClusterID(2), at: 100) == nil)
        #expect(bench.node.ignored.foreign == 1)
    }

    @Test func `stamps and numbers of machines are told apart, and fields read back`() {
        let layout = StampLayout.standard
        let stamp = layout.stamp(time: 123_456, machine: 1_023, sequence: 8_191)
        #expect(layout.time(of: stamp) == 123_456)
        #expect(layout.machine(of: stamp) == 1_023)
        #expect(stamp + 1 == layout.stamp(time: 123_457, machine: 0, sequence: 0))
        #expect(layout.machines == 1_024 && layout.perMillisecond == 8_192)
        #expect(layout.number(layout.lastNumber, machine: 1) + 1 == layout.number(0, machine: 2))
    }
}
