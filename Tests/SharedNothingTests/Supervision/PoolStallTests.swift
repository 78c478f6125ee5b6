import Glibc
import Synchronization
import Testing

@testable import SharedNothing

/// A place in code that a trace can be compared with, which no file need export.
private let standing:
    @convention(c) @Sendable (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
        // SAFETY: the caller holds the gate during the call.
        guard let gate = unsafe $0 else { return nil }
        unsafe Unmanaged<Gate>.fromOpaque(gate).takeUnretainedValue().pass()
        return unsafe gate
    }

/// A worker that stands at the gates it is sent.
private struct Stander: Worker {
    func start(_ context: borrowing WorkerContext<Gate, Void>) {}

    func handle(
        _ gate: Gate, _ state: inout Void, _ context: borrowing WorkerContext<Gate, Void>
    ) {
        withExtendedLifetime(gate) {
            _ = unsafe standing(Unmanaged.passUnretained(gate).toOpaque())
        }
    }
}

@Suite struct PoolStallTests {
    private func at(_ seconds: Int) -> MonotonicTime { .init(nanoseconds: 0) + .seconds(seconds) }

    @Test func `a watch over a pool names the worker that is stuck, its message, and where it is`()
        throws
    {
        let pool = try WorkerPool(Stander(), configuration(workers: 2))
        let (open, gate) = (Gate(), Gate())
        open.open()
        try pool.send(open, to: 1)
        try pool.send(gate, to: 1)
        gate.awaitArrival()
        var watch = StallWatch(threshold: .seconds(1))
        #expect(watch.look(at: pool.stallSubjects, now: at(0)).begun.isEmpty)
        let found = watch.look(at: pool.stallSubjects, now: at(2)).begun
        let report = try #require(found.first)
        #expect(found.count == 1)
        #expect(report.name == pool.workerNames[1])
        #expect(report.stall.worker == 1 && report.stall.phase == .handling)
        #expect(report.stall.ordinal == 2)
        #expect(report.wasStillThere)
        let trace = try #require(report.trace)
        // The sanitizer keeps a signal back until the thread makes a call that it intercepts.
        #if !WATCHED_BY_THREAD_SANITIZER
            let frames = try trace.frames.get()
            let place = unsafe unsafeBitCast(standing, to: UInt.self)
            #expect(
                frames.contains { $0.address > place && $0.address < place + 1024 }, "\(report)")
        #endif
        #expect(trace.kernel != nil)
        #expect(watch.look(at: pool.stallSubjects, now: at(3)).begun.isEmpty, "told once")
        gate.open()
        try pool.stop(within: plenty)
        let over = watch.look(at: pool.stallSubjects, now: at(4))
        #expect(over.ended.map(\.worker) == [1])
    }

    @Test func `a worker that has ended is no subject`() throws {
        let pool = try WorkerPool(Stander(), configuration(workers: 2))
        let threads = pool.stallSubjects.map { $0?.thread }
        #expect(threads.count == 2)
        #expect(Set(threads).count == 2 && !threads.contains(nil))
        #expect(pool.stallSubjects.map { $0?.name } == pool.workerNames.map { $0 })
        try pool.stop(within: plenty)
        // A thread says that it has ended, and then ends.
        while pool.stallSubjects.contains(where: { $0 != nil }) { letOthersRun() }
    }
}
