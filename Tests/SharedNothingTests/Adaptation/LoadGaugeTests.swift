import Hardware
import Testing

@testable import SharedNothing

@Suite struct LoadGaugeTests {
    private let workers = [WorkerVitals(), WorkerVitals(), WorkerVitals()]

    private func sample(_ index: Int, idle: UInt64, handled: UInt64 = 0) -> LoadGauge.Sample {
        .init(
            worker: ObjectIdentifier(workers[index]), idleNanoseconds: idle, handled: handled)
    }

    private func at(_ nanoseconds: UInt64) -> MonotonicTime {
        MonotonicTime(nanoseconds: nanoseconds)
    }

    @Test func `utilisation is the time not idle, over all workers, and queues are averages`() {
        var gauge = LoadGauge(
            [sample(0, idle: 5, handled: 10), sample(1, idle: 7, handled: 20)], at: at(1000))
        gauge.note(queued: 4)
        gauge.note(queued: 8)
        #expect(gauge.length(at: at(1100)) == .nanoseconds(100))
        let first = gauge.end(
            [sample(0, idle: 30, handled: 13), sample(1, idle: 107, handled: 24)], at: at(1100))
        #expect(
            first
                == .init(
                    reading: LoadReading(utilisation: 0.375, queued: 6), handled: 7,
                    nanoseconds: 100))
        gauge.note(queued: 0)
        let second = gauge.end(
            [sample(0, idle: 30, handled: 13), sample(1, idle: 107, handled: 24)], at: at(1300))
        #expect(second?.reading == LoadReading(utilisation: 1, queued: 0))
        #expect(second?.handled == 0)
    }

    @Test func `who came or went in between does not count as idle or busy`() {
        var gauge = LoadGauge([sample(0, idle: 0), sample(1, idle: 0)], at: at(0))
        gauge.note(queued: 0)
        let interval = gauge.end(
            [sample(0, idle: 50), sample(2, idle: 0, handled: 9)], at: at(100))
        #expect(interval?.reading.utilisation == 0.5)
        #expect(interval?.handled == 9, "what a new worker did was done all the same")
    }

    @Test func `says nothing where there is nothing to say`() {
        var gauge = LoadGauge([sample(0, idle: 0)], at: at(100))
        gauge.note(queued: 1)
        #expect(gauge.end([sample(0, idle: 0)], at: at(100)) == nil, "no time has passed")
        #expect(gauge.end([sample(0, idle: 0)], at: at(200)) == nil, "nobody looked at the queues")
        gauge.note(queued: 1)
        #expect(
            gauge.end([sample(1, idle: 0)], at: at(300)) == nil, "nobody was there all the time")
    }

    @Test func `words of another moment make no reading that cannot be`() {
        var gauge = LoadGauge([sample(0, idle: 80)], at: at(0))
        gauge.note(queued: -1)
        #expect(
            gauge.end([sample(0, idle: 70)], at: at(100))?.reading
                == LoadReading(utilisation: 1, queued: 0))
        gauge.note(queued: 0)
        #expect(gauge.end([sample(0, idle: 1000)], at: at(200))?.reading.utilisation == 0)
    }
}

@Suite struct LoadLearnerTests {
    private let small = LoadSettings(workers: 1, batch: 1, wait: .spinThenPark)
    private let large = LoadSettings(workers: 4, batch: 8, wait: .spinThenYield)

    private func interval(_ handled: UInt64) -> LoadGauge.Interval {
        .init(
            reading: LoadReading(utilisation: 0.5, queued: 0), handled: handled,
            nanoseconds: 1_000_000_000)
    }

    @Test func `remembers the settings under which most was done, once they held for a dwell`() {
        var learner = LoadLearner(dwell: 2)
        learner.take(interval(10), under: small)
        #expect(learner.best == nil)
        learner.take(interval(30), under: small)
        #expect(learner.best?.settings == small)
        #expect(learner.best?.throughput == 20)
        #expect(learner.best?.readings == 2)
        learner.take(interval(1000), under: large)
        #expect(learner.best?.settings == small, "one reading is a burst")
        learner.take(interval(1000), under: large)
        #expect(learner.best?.settings == large)
        // The evening: nobody wants anything, and the pool has shrunk.
        for _ in 0..<10 { learner.take(interval(0), under: small) }
        #expect(learner.best?.settings == large)
        #expect(learner.best?.throughput == 1000)
    }

    @Test func `corrects what it learnt while the settings hold`() {
        var learner = LoadLearner(dwell: 1)
        learner.take(interval(100), under: large)
        learner.take(interval(50), under: large)
        #expect(learner.best?.throughput == 75)
        #expect(learner.best?.readings == 2)
        learner.take(interval(60), under: small)
        learner.take(interval(10), under: large)
        #expect(learner.best?.throughput == 75, "the same settings under less load")
    }
}

@Suite struct IdleTimeTests {
    @Test(arguments: WorkerPhase.allCases)
    func `time counts as idle outside of the worker's own code, and only there`(
        phase: WorkerPhase
    ) {
        let vitals = WorkerVitals()
        vitals.enter(.handling)
        vitals.enter(phase)
        let now = MonotonicTime.now()
        let soon = vitals.idleNanoseconds(until: now)
        let later = vitals.idleNanoseconds(until: now + .seconds(1))
        #expect(later - soon == (phase.isInWorker ? 0 : 1_000_000_000))
    }

    @Test func `what was idle stays so, and a moment before it counts nothing`() {
        let vitals = WorkerVitals()
        let begin = MonotonicTime.now()
        vitals.markIdle(true)
        #expect(vitals.idleNanoseconds(until: begin) == 0)
        vitals.enter(.idle)
        vitals.markIdle(true)
        vitals.enter(.handling)
        let most = MonotonicTime.now()
        let idle = vitals.idleNanoseconds(until: most)
        #expect(idle <= most.nanoseconds - begin.nanoseconds)
        #expect(vitals.idleNanoseconds(until: most + .seconds(9)) == idle)
    }
}
