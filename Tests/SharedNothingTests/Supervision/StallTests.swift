import Glibc
import Hardware
import Randomness
import Synchronization
import TestSupport
import Testing

@testable import SharedNothing

@Suite struct StallDetectorTests {
    private typealias Reading = WorkerVitals.Reading

    private func at(_ milliseconds: Int) -> MonotonicTime {
        MonotonicTime(nanoseconds: UInt64(milliseconds) * 1_000_000)
    }

    private func reading(
        _ phase: WorkerPhase, _ ordinal: UInt64 = 1, heartbeats: UInt64 = 1, since: Int = 0
    ) -> WorkerVitals.Reading {
        Reading(phase: phase, heartbeats: heartbeats, ordinal: ordinal, since: at(since))
    }

    @Test func `finds a worker that stays where it was, tells it once, and tells its end`() {
        var detector = StallDetector(threshold: .milliseconds(100))
        let stuck = reading(.handling, 7, since: 3)
        #expect(detector.look(at: [stuck], now: at(10)) == .init())
        #expect(detector.look(at: [stuck], now: at(109)) == .init())
        let found = detector.look(at: [stuck], now: at(110))
        #expect(
            found.begun == [
                .init(
                    worker: 0, phase: .handling, ordinal: 7, notBefore: at(3), firstSeen: at(10),
                    lastSeen: at(110))
            ])
        #expect(found.begun.first?.atLeast == .milliseconds(100))
        #expect(detector.look(at: [stuck], now: at(500)) == .init())
        #expect(detector.lasting.first?.lastSeen == at(500))
        let over = detector.look(at: [reading(.handling, 8, heartbeats: 2)], now: at(501))
        #expect(over.ended.map(\.ordinal) == [7] && over.begun.isEmpty)
        #expect(detector.lasting.isEmpty)
    }

    @Test(arguments: WorkerPhase.allCases)
    func `blames a worker for its own code only`(phase: WorkerPhase) {
        var detector = StallDetector(threshold: .milliseconds(1))
        _ = detector.look(at: [reading(phase)], now: at(0))
        let found = detector.look(at: [reading(phase)], now: at(1_000_000))
        #expect(found.begun.isEmpty == !phase.isInWorker)
    }

    @Test func `takes no worker that moves for stuck, whatever it does again`() {
        var detector = StallDetector(threshold: .milliseconds(10))
        for step in 0..<100 {
            // The same message again and again: only the heartbeats grow.
            let found = detector.look(
                at: [reading(.handling, 7, heartbeats: UInt64(step))], now: at(step * 100))
            #expect(found == .init())
        }
    }

    @Test func `takes no worker for stuck that tries its start again and again`() {
        var detector = StallDetector(threshold: .milliseconds(10))
        for step in 0..<100 {
            // Between two looks it failed, backed off, and began anew.
            let found = detector.look(
                at: [reading(.starting, 0, since: step * 100)], now: at(step * 100 + 50))
            #expect(found == .init())
        }
    }

    @Test func `follows workers that come and go`() {
        var detector = StallDetector(threshold: .milliseconds(10))
        let stuck = reading(.ticking)
        _ = detector.look(at: [reading(.idle), stuck], now: at(0))
        #expect(
            detector.look(at: [reading(.idle), stuck, stuck], now: at(10)).begun.map(\.worker) == [
                1
            ])
        #expect(
            detector.look(at: [reading(.idle), nil, stuck], now: at(20)).ended.map(\.worker) == [1])
        let found = detector.look(at: [reading(.idle), stuck], now: at(30))
        #expect(found.begun.isEmpty && found.ended.map(\.worker) == [2])
    }

    /// Readings of a worker that moves at random, against the list of all of them.
    @Test func `agrees with a list of all readings`() {
        var generator = testSeed.derived(for: "stalls").generator()
        for _ in 0..<200 {
            let threshold = 1 + Int(generator.next(below: 40))
            var detector = StallDetector(threshold: .milliseconds(Int64(threshold)))
            var history: [(reading: WorkerVitals.Reading, time: Int)] = []
            var heartbeats: UInt64 = 0
            var moved = 0
            var now = 0
            for _ in 0..<100 {
                now += 1 + Int(generator.next(below: 20))
                if generator.next(below: 3) == 0 { (heartbeats, moved) = (heartbeats + 1, now) }
                let phase: WorkerPhase = heartbeats % 2 == 0 ? .handling : .idle
                let reading = reading(phase, heartbeats, heartbeats: heartbeats, since: moved)
                history.append((reading, now))
                _ = detector.look(at: [reading], now: at(now))
                let first = history.first { $0.reading.heartbeats == heartbeats }?.time ?? now
                let isStuck = phase == .handling && now - first >= threshold
                #expect(detector.lasting.isEmpty == !isStuck, "at \(now); \(replay)")
            }
        }
    }
}

/// What a thread of the test does until it is let go.
private final class Hanging: Sendable {
    let thread = Atomic<Int32>(0)
    let isOver = Atomic<Bool>(false)

    /// Computes, in a function that a trace can name.
    @inline(never)
    func spinInSight() -> Int {
        var turns = 0
        while !isOver.load(ordering: .relaxed) { turns &+= 1 }
        return turns
    }
}

@Suite(.serialized) struct ThreadTraceTests {
    private func trace(
        _ body: @escaping @Sendable (Hanging) -> Void, _ look: (Int32) -> Void
    ) {
        let hanging = Hanging()
        let thread = TestThread {
            hanging.thread.store(ThreadTrace.admitCurrentThread(), ordering: .releasing)
            body(hanging)
        }
        while hanging.thread.load(ordering: .acquiring) == 0 { sched_yield() }
        look(hanging.thread.load(ordering: .relaxed))
        hanging.isOver.store(true, ordering: .relaxed)
        thread.join()
    }

    @Test func `shows the stack of a thread that computes, without disturbing it`() throws {
        trace {
            _ = $0.spinInSight()
        } _: { number in
            // It may not have come to its function yet.
            var found = false
            for _ in 0..<1000 where !found {
                let trace = ThreadTrace.of(thread: number)
                guard case .success(let frames) = trace.frames else {
                    Issue.record("\(trace)")
                    return
                }
                #expect(!frames.isEmpty)
                #expect(frames.contains { $0.image != nil })
                // Its function, which the file need not export.
                found = frames.contains { $0.image?.contains(".xctest") == true }
            }
            #expect(found)
        }
    }

    @Test func `says of a thread that sleeps that it sleeps`() {
        trace {
            while !$0.isOver.load(ordering: .relaxed) { usleep(20_000) }
        } _: { number in
            var sleeps = false
            for _ in 0..<1000 where !sleeps {
                sleeps = ThreadTrace.of(thread: number).kernel?.state == "S"
            }
            #expect(sleeps)
        }
    }

    @Test func `says that there is no such thread`() {
        // Threads have numbers up to 2²² at most.
        let trace = ThreadTrace.of(thread: 1 << 23)
        #expect(trace.kernel == nil)
        guard case .failure(let error) = trace.frames else {
            Issue.record("\(trace)")
            return
        }
        #expect(error.code == ESRCH)
    }

    @Test func `gives up on a thread that does not listen`() {
        trace { hanging in
            var set = sigset_t()
            unsafe sigfillset(&set)
            unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
            while !hanging.isOver.load(ordering: .relaxed) { sched_yield() }
        } _: { number in
            var isDeaf = false
            for _ in 0..<1000 where !isDeaf {
                let trace = ThreadTrace.of(thread: number, patience: .milliseconds(5))
                if case .failure(let error) = trace.frames { isDeaf = error.code == ETIMEDOUT }
            }
            #expect(isDeaf)
        }
        // The next one is served.
        guard case .success = ThreadTrace.of(thread: ThreadTrace.admitCurrentThread()).frames else {
            Issue.record("a thread cannot be traced after another one was deaf")
            return
        }
    }

    /// In a process of its own, whose signals are nobody else's.
    @Test func `leaves the signal to a program that takes it over later`() async {
        await #expect(processExitsWith: .success) {
            func code(_ own: Int32) -> Int32 {
                guard case .failure(let error) = ThreadTrace.of(thread: own).frames else {
                    return 0
                }
                return error.code
            }
            let own = ThreadTrace.admitCurrentThread()
            precondition(code(own) == 0)
            _ = signal(SIGURG) { _ in _exit(1) }
            precondition(code(own) == EBUSY)
            _ = signal(SIGURG, SIG_IGN)
            precondition(code(own) == 0)
        }
    }

    @Test func `traces many threads again and again while they compute`() {
        trace {
            _ = $0.spinInSight()
        } _: { first in
            trace {
                _ = $0.spinInSight()
            } _: { second in
                for index in 0..<200 {
                    let trace = ThreadTrace.of(thread: index % 2 == 0 ? first : second)
                    guard case .success(let frames) = trace.frames, !frames.isEmpty else {
                        Issue.record("\(trace)")
                        return
                    }
                }
            }
        }
    }

    @Test func `a report names the worker and the message, and a watch blames nobody at first`() {
        let vitals = WorkerVitals()
        var watch = StallWatch(threshold: .milliseconds(1))
        let subject = StallWatch.Subject(name: "orders", vitals: vitals, thread: nil)
        #expect(watch.look(at: [subject, nil], now: MonotonicTime(nanoseconds: 0)).begun.isEmpty)
        // Vitals that nobody has written say `launching`, which is nobody's fault.
        let later = watch.look(at: [subject, nil], now: MonotonicTime(nanoseconds: 1 << 40))
        #expect(later.begun.isEmpty && later.ended.isEmpty)
        let report = StallWatch.Report(
            name: "orders",
            stall: .init(
                worker: 3, phase: .handling, ordinal: 17, notBefore: MonotonicTime(nanoseconds: 0),
                firstSeen: MonotonicTime(nanoseconds: 0),
                lastSeen: MonotonicTime(nanoseconds: 2_000_000_000)),
            trace: nil)
        #expect(
            "\(report)"
                == "worker 3 'orders' has been handling message 17 for at least 2.0 seconds")
    }
}
