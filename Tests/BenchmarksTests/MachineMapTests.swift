import Hardware
import Measurement
import Quantities
import Testing

@testable import Benchmarks

@Suite struct UnitSelectionTests {
    /// Cores of two units each: 0 and 8, 1 and 9, and so on, as Linux often numbers siblings.
    private let cores = (0..<8).map { CPUSet([$0, $0 + 8]) }

    @Test func `all units are taken where they fit, and every pair once`() {
        let selection = UnitSelection(among: [0, 1, 8, 9], cores: cores, most: 4)
        #expect(selection.units == [0, 1, 8, 9])
        #expect(selection.note == nil)
        let pairs = selection.pairs.map { [$0.from, $0.to] }
        #expect(pairs == [[0, 1], [0, 8], [0, 9], [1, 8], [1, 9], [8, 9]])
    }

    @Test func `of more units whole cores are taken, evenly spaced`() throws {
        let selection = UnitSelection(among: CPUSet(0..<16), cores: cores, most: 8)
        #expect(selection.units == [0, 2, 4, 6, 8, 10, 12, 14])
        let note = try #require(selection.note)
        #expect(note.hasPrefix("8 of 16 processing units"))
        // An odd limit takes no half core.
        let odd = UnitSelection(among: CPUSet(0..<16), cores: cores, most: 7)
        #expect(odd.units.count == 6)
        #expect(odd.units.allSatisfy { odd.units.contains(($0 + 8) % 16) })
    }

    @Test func `units that no core names are cores of their own`() {
        let selection = UnitSelection(among: CPUSet(0..<6), cores: [], most: 3)
        #expect(selection.units == [0, 2, 4])
        let wide = UnitSelection(among: CPUSet(0..<4), cores: [CPUSet(0..<4)], most: 2)
        #expect(wide.units == [0, 1])
    }

    @Test func `one unit has no pairs`() {
        #expect(UnitSelection(among: [3], cores: [], most: 64).pairs.isEmpty)
    }

    @Test func `readings shrink with the number of pairs, down to a least`() {
        #expect(CoreToCore.roundTrips(in: 2e9, pairs: 1) == 10_000)
        #expect(CoreToCore.roundTrips(in: 2e9, pairs: 2016) == 250)
        #expect(CoreToCore.roundTrips(in: 600e6, pairs: 28) > 250)
    }
}

@Suite struct TransferSpreadTests {
    @Test func `the spread is that of the pairs' medians, not of single readings`() {
        #expect(CoreToCore.spread(of: [[50, 49, 900], [100, 10, 101]]) == 2)
        #expect(CoreToCore.spread(of: [[50, 40, 60], [50, 45, 55]]) == 1)
    }

    @Test func `a single pair has no spread`() {
        #expect(CoreToCore.spread(of: [[50, 49, 900]]) == nil)
        #expect(CoreToCore.spread(of: []) == nil)
    }
}

@Suite struct ChannelMemoryTests {
    @Test func `the resident bytes are those of the kernel's line`() {
        let text = "00400000-7ffc [rollup]\nRss:                1234 kB\nPss:  1000 kB\n"
        let bytes = ChannelMemory.parse(text) ?? 0
        #expect(bytes == 1_263_616.0)
        #expect(ChannelMemory.parse("Pss: 3 kB\n") == nil)
        #expect(ChannelMemory.parse("Rss: many kB\n") == nil)
        #expect(ChannelMemory.parse("Rss: 12 MB\n") == nil)
    }
}

@Suite struct WakeupAnalysisTests {
    private func window(
        _ delay: Double, placement: Placement = .l3, early: Int = 0, stayed: Bool = true
    ) -> WakeupWindow {
        WakeupWindow(
            contender: 0, delays: [delay - 1, delay, delay + 100], sendCost: 20, idleShare: 0.5,
            switches: 1, floor: 50, placement: placement, stayed: stayed, early: early)
    }

    private func record(_ windows: [WakeupWindow]) -> Recorder {
        var recorder = Recorder(for: ChannelWakeup.description, parameters: ParameterSet())
        WakeupAnalysis(windows, parameters: ParameterSet()).record(into: &recorder)
        return recorder
    }

    @Test func `windows become medians by placement, and single delays a distribution`() throws {
        let recorder = record(
            (0..<20).map { window(100 + Double($0 % 2)) }
                + (0..<20).map { window(100 + Double($0 % 2), placement: .far) })
        let wakeups = recorder.series.filter { $0.metric == "wakeup" }
        #expect(wakeups.map { $0.parameters["placement"] } == ["l3", "far"])
        #expect(wakeups.flatMap(\.samples).allSatisfy { $0 == 100 || $0 == 101 })
        #expect(recorder.distributions.count == 2)
        let idle = try #require(recorder.series.first { $0.metric == "idle-cpu" })
        #expect(idle.samples.allSatisfy { $0 == 50 } && idle.parameters["placement"] == nil)
        let ratio = try #require(recorder.series.first { $0.metric == "floor-ratio" })
        #expect(ratio.samples.allSatisfy { $0 == 2 || $0 == 101 / 50.0 })
    }

    @Test func `counters that differ, threads that left and moved cores are doubted`() throws {
        let windows = (0..<20).map { _ in window(100) }
        let calm = record(windows)
        #expect(calm.series.allSatisfy { $0.doubts.isEmpty })
        let early = record(windows + [window(100, early: 1)])
        #expect(
            early.series[0].doubts.contains(
                "the cores' counters differ: a message came before it was sent"))
        let strayed = record(windows + [window(100, stayed: false)])
        #expect(strayed.series[0].doubts.contains("a thread left its processing unit"))
        // The floor beside each window is 50.
        let skewed = "faster than the floor: the cores' counters differ"
        let rare = record(windows + [window(30)])
        #expect(rare.series.allSatisfy { !$0.doubts.contains(skewed) })
        let often = record(windows + (0..<4).map { _ in window(30, placement: .far) })
        let placed = often.series.filter { $0.parameters["placement"] != nil }
        #expect(
            placed.allSatisfy {
                $0.doubts.contains(skewed) == ($0.parameters["placement"] == "far")
            })
        let moved = record(windows + [window(100, placement: .moved)])
        let own = try #require(
            moved.series.first { $0.parameters["placement"] == "moved" })
        #expect(own.doubts.contains("cores moved during the window"))
        #expect(!moved.series.contains { $0.metric == "floor-ratio" && $0.samples.count > 20 })
    }

    /// The ways to wait; of the peers those that there are.
    private static let paths = WakeupPath.names.filter {
        !WakeupPath.peers.contains($0) || (try? RustRings.ring($0).get()) != nil
    }

    @Test(arguments: paths)
    func `every stamp arrives once and in order`(name: String) throws {
        for wait in WaitChoice.names {
            let path = try WakeupPath.make(name, capacity: 4, wait: wait)
            let clock = TickClock(calibratingFor: .milliseconds(10))
            let taken = SharedLine()
            let sender = WakeupSender(gap: 5e3, clock: clock, taken: taken)
            let receiver = WakeupReceiver(clock: clock, taken: taken)
            let units = try ThreadBinding.allowedPUs().indexes
            for _ in 0..<2 {
                let thread = try PinnedThread(pu: units[units.count - 1], name: "receiver") {
                    receiver.beginWindow()
                    path.receive(6, receiver)
                    receiver.endWindow()
                }
                sender.beginWindow()
                path.send(6, sender)
                thread.join()
                #expect(receiver.delays.count == 5)
                #expect(sender.costs.count == 6)
                #expect(receiver.early == 0)
                // A thread has no more of the processor than there is time, but for what the two
                // clocks disagree by.
                #expect(receiver.burnt >= 0 && receiver.burnt <= receiver.waited * 1.05)
            }
            // A sleeper sleeps; a spinner never does by itself.
            if name == "futex" { #expect(receiver.switches > 0) }
        }
    }
}
