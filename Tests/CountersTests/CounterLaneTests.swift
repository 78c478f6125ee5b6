import Testing

@testable import Counters

@Suite struct CounterLaneTests {
    /// Counts ten a reading while it runs; says when two run at once.
    private final class Group: CounterGroup {
        final class Hardware {
            var running = 0
        }

        let members: [CounterName]
        private let hardware: Hardware
        private let isBroken: Bool
        private var count: Int64 = 0

        init(_ name: String, _ hardware: Hardware, isBroken: Bool = false) {
            members = [.preset(name)]
            self.hardware = hardware
            self.isBroken = isBroken
        }

        func start() throws(CounterRefusal) {
            if isBroken { throw CounterRefusal("it is broken") }
            hardware.running += 1
            #expect(hardware.running == 1, "two groups count at once")
        }

        func stop() { hardware.running -= 1 }

        func read() -> [Int64?] {
            count += 10
            return [count]
        }
    }

    private func counted(_ lane: CounterLane, turns: Range<Int>) -> [[String]] {
        turns.map { turn in
            let mark = lane.mark(turn: turn)
            return lane.counts(since: mark).map { "\($0.name) \($0.count)" }
        }
    }

    @Test func `groups that exclude each other count in turns, each exactly`() {
        let hardware = Group.Hardware()
        let lane = CounterLane(["a", "b", "c"].map { Group($0, hardware) })
        #expect(
            counted(lane, turns: 0..<5) == [["a 10"], ["b 10"], ["c 10"], ["a 10"], ["b 10"]])
        #expect(lane.refused.isEmpty)
    }

    @Test func `a single group is started once and counts in every turn`() {
        let hardware = Group.Hardware()
        let lane = CounterLane([Group("a", hardware)])
        #expect(counted(lane, turns: 0..<3) == [["a 10"], ["a 10"], ["a 10"]])
        #expect(hardware.running == 1)
    }

    @Test func `a group that will not start is left out with its reason`() {
        let hardware = Group.Hardware()
        let lane = CounterLane([
            Group("a", hardware), Group("b", hardware, isBroken: true), Group("c", hardware),
        ])
        let counts = counted(lane, turns: 0..<4)
        #expect(counts.allSatisfy { $0.count == 1 })
        #expect(!counts.joined().contains { $0.hasPrefix("b") })
        #expect(counts.joined().contains { $0.hasPrefix("c") })
        #expect(lane.refused.map { "\($0.name): \($0.reason)" } == ["b: it is broken"])
    }

    @Test func `a count is not taken from one group to another`() {
        let hardware = Group.Hardware()
        let lane = CounterLane([Group("a", hardware), Group("b", hardware)])
        let mark = lane.mark(turn: 0)
        _ = lane.mark(turn: 1)
        #expect(lane.counts(since: mark).isEmpty)
    }

    @Test func `nothing is counted where every group refuses`() {
        let hardware = Group.Hardware()
        let lane = CounterLane([Group("a", hardware, isBroken: true)])
        #expect(counted(lane, turns: 0..<2) == [[], []])
        #expect(lane.refused.count == 1)
    }
}
