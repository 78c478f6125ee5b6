import Hardware
import Randomness
import SharedNothing
import TestSupport
import Testing

/// A pool under load, reduced to what the controller sees of it.
private struct SimulatedPool {
    /// How many workers the incoming work would keep busy all the time.
    var work: Double
    /// Messages a worker can handle in an interval.
    var rate = 1000.0
    var queued = 0.0
    var generator: Xoshiro256StarStar
    /// The relative noise of what is seen.
    var noise = 0.0

    mutating func reading(_ workers: Int) -> LoadReading {
        let factor = 1 + noise * (2 * generator.nextUnit() - 1)
        let arriving = work * factor
        let done = min(Double(workers), arriving + queued / rate)
        queued = max(0, queued + (arriving - done) * rate)
        return LoadReading(utilisation: min(1, done / Double(workers)), queued: queued)
    }
}

@Suite struct LoadControllerTests {
    private func rules(
        _ workers: ClosedRange<Int> = 1...64, processors: Int = 64, dwell: Int = 3
    ) -> LoadController.Rules {
        LoadController.Rules(workers: workers, processors: processors, dwell: dwell)
    }

    private let idle = LoadSettings(workers: 1, batch: 1, wait: .spinThenPark)

    private func take(
        _ controller: inout LoadController, _ utilisation: Double, queued: Double = 0,
        times: Int = 1
    ) -> [LoadSettings] {
        (0..<times).compactMap { _ in
            controller.take(LoadReading(utilisation: utilisation, queued: queued))
        }
    }

    @Test func `adds workers up to the target, after the dwell and not before`() {
        var controller = LoadController(
            rules(), from: LoadSettings(workers: 4, batch: 1, wait: .spinThenYield))
        #expect(take(&controller, 0.9, times: 2).isEmpty)
        // 3.6 workers' work: 6 of them are 60 % busy.
        #expect(take(&controller, 0.9).map(\.workers) == [6])
    }

    @Test func `a single other reading begins the dwell anew`() {
        var controller = LoadController(
            rules(), from: LoadSettings(workers: 4, batch: 1, wait: .spinThenYield))
        #expect(take(&controller, 0.9, times: 2).isEmpty)
        #expect(take(&controller, 0.7).isEmpty)
        #expect(take(&controller, 0.9, times: 2).isEmpty)
        #expect(take(&controller, 0.9).map(\.workers) == [6])
    }

    @Test func `adds half as many when nobody knows how much there is to do`() {
        var controller = LoadController(
            rules(), from: LoadSettings(workers: 4, batch: 1, wait: .spinThenYield))
        #expect(take(&controller, 1, times: 3).map(\.workers) == [7])
    }

    @Test func `removes workers only while the rest has little to do`() {
        var controller = LoadController(
            rules(), from: LoadSettings(workers: 8, batch: 1, wait: .spinThenYield))
        // 3.6 workers' work on seven is more than a half.
        #expect(take(&controller, 0.45, times: 100).isEmpty)
        // 2 workers' work: 4 of them are half busy.
        #expect(take(&controller, 0.25, times: 3).map(\.workers) == [4])
    }

    @Test func `stays within its bounds`() {
        var controller = LoadController(rules(2...3), from: idle)
        #expect(controller.settings.workers == 2)
        #expect(take(&controller, 1, times: 50).last?.workers == 3)
        var down = LoadController(
            rules(2...3), from: LoadSettings(workers: 3, batch: 1, wait: .spinThenPark))
        #expect(take(&down, 0, times: 50).map(\.workers) == [2])
    }

    @Test func `doubles batches while messages pile up, and halves them when few wait`() {
        var controller = LoadController(
            LoadController.Rules(workers: 1...1, largestBatch: 8, processors: 1, dwell: 2),
            from: LoadSettings(workers: 1, batch: 1, wait: .spinThenPark))
        #expect(take(&controller, 0.3, queued: 100, times: 20).map(\.batch) == [2, 4, 8])
        #expect(take(&controller, 0.3, queued: 4, times: 20).isEmpty)
        #expect(take(&controller, 0.3, queued: 3, times: 20).map(\.batch) == [4])
        #expect(take(&controller, 0.3, queued: 0, times: 20).map(\.batch) == [2, 1])
    }

    @Test func `spins when busy, sleeps when not, and never spins where threads share processors`()
    {
        var controller = LoadController(rules(1...1, processors: 1), from: idle)
        #expect(take(&controller, 0.55, times: 10).map(\.wait) == [.spinThenYield])
        #expect(take(&controller, 0.3, times: 10).isEmpty)
        #expect(take(&controller, 0.1, times: 10).map(\.wait) == [.spinThenPark])
        #expect(take(&controller, 0.3, times: 10).isEmpty)
        var crowded = LoadController(
            rules(4...4, processors: 2),
            from: LoadSettings(workers: 4, batch: 1, wait: .spinThenYield))
        #expect(crowded.settings.wait == .spinThenPark)
        #expect(take(&crowded, 0.8, times: 50).isEmpty)
    }

    @Test func `refuses thresholds that could oscillate, and readings that are none`() async {
        await #expect(processExitsWith: .failure) {
            _ = LoadController(
                .init(workers: 1...4, processors: 4, high: 0.6, target: 0.7),
                from: LoadSettings(workers: 1, batch: 1, wait: .spinThenPark))
        }
        await #expect(processExitsWith: .failure) {
            _ = LoadReading(utilisation: .nan, queued: 0)
        }
    }

    /// Constant load, whatever its size: the number of workers settles, and then stays; on the way
    /// it turns round at most once.
    @Test func `never oscillates under constant load`() {
        var generator = testSeed.derived(for: "constant load").generator()
        for _ in 0..<300 {
            let work = generator.nextUnit() * 50
            var pool = SimulatedPool(work: work, generator: generator)
            let start = LoadSettings(
                workers: 1 + Int(generator.next(below: 64)), batch: 1, wait: .spinThenPark)
            var controller = LoadController(rules(), from: start)
            var counts = [start.workers]
            var changes = 0
            for interval in 0..<2000 {
                let before = controller.settings
                if let settings = controller.take(pool.reading(before.workers)) {
                    if settings.workers != before.workers { counts.append(settings.workers) }
                    changes += 1
                    #expect(interval < 1000, "still changing: \(counts); \(replay)")
                }
            }
            let turns = zip(zip(counts, counts.dropFirst()), counts.dropFirst(2))
                .count { ($0.0 < $0.1) != ($0.1 < $1) }
            #expect(turns <= 1, "work \(work): \(counts); \(replay)")
            #expect(changes < 60, "\(changes) changes; \(replay)")
            let last = Double(controller.settings.workers)
            #expect(work / last < 0.86, "work \(work): \(counts); \(replay)")
            #expect(last <= 1 || work / (last - 1) >= 0.49, "work \(work): \(counts); \(replay)")
        }
    }

    @Test func `is not driven to and fro by noise`() {
        var generator = testSeed.derived(for: "noise").generator()
        for _ in 0..<100 {
            var pool = SimulatedPool(
                work: 1 + generator.nextUnit() * 40, generator: generator, noise: 0.1)
            _ = generator.next()
            var controller = LoadController(rules(dwell: 5), from: idle)
            var counts: [Int] = []
            for _ in 0..<3000 {
                let before = controller.settings.workers
                if let settings = controller.take(pool.reading(before)),
                    settings.workers != before
                {
                    counts.append(settings.workers)
                }
            }
            // Up in steps of a half, down once or twice; not for 3000 intervals.
            #expect(counts.count <= 16, "\(counts); \(replay)")
        }
    }

    @Test func `follows steps of the load, up and down`() {
        var pool = SimulatedPool(work: 2, generator: testSeed.derived(for: "steps").generator())
        var controller = LoadController(rules(), from: idle)
        for (work, least, most) in [(2.0, 3, 5), (30, 36, 61), (5, 6, 11), (0.1, 1, 1)] {
            pool.work = work
            for _ in 0..<500 { _ = controller.take(pool.reading(controller.settings.workers)) }
            #expect(
                (least...most).contains(controller.settings.workers),
                "\(work): \(controller.settings)")
        }
    }
}
