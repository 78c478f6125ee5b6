import Glibc
import Storage
import TestSupport
import Testing

@Suite struct GateTests {
    /// A number that is written without an atomic: whoever reads it must have seen the gate open.
    private final class Told: @unchecked Sendable {
        // Sendable: written before the gate is opened, read after it was passed.
        var number = 0
    }

    @Test func `who comes to an open gate does not wait`() {
        let gate = Gate()
        gate.open()
        gate.wait()
        gate.open()
        gate.wait()
    }

    /// Some sleep before it is opened and some come meanwhile; all see what was done before.
    @Test func `all go on who wait, and see what was done before`() {
        for round in 1...300 {
            let (gate, told) = (Gate(), Told())
            let (passed, seen) = (Guarded(0), Guarded(0))
            let waiting = (0..<6).map { _ in
                TestThread {
                    gate.wait()
                    if told.number == round { seen.withLock { $0 += 1 } }
                    passed.withLock { $0 += 1 }
                }
            }
            if round.isMultiple(of: 3) { usleep(200) }
            told.number = round
            gate.open()
            for thread in waiting { thread.join() }
            #expect(passed.withLock { $0 } == 6 && seen.withLock { $0 } == 6)
        }
    }

    @Test func `nobody goes on before`() {
        let (gate, passed) = (Gate(), Guarded(0))
        let waiting = (0..<3).map { _ in
            TestThread {
                gate.wait()
                passed.withLock { $0 += 1 }
            }
        }
        usleep(20_000)
        #expect(passed.withLock { $0 } == 0)
        gate.open()
        for thread in waiting { thread.join() }
        #expect(passed.withLock { $0 } == 3)
    }

    @Test func `a gate that was closed again is as new`() {
        let (gate, passed) = (Gate(), Guarded(0))
        for round in 1...1000 {
            let waiting = TestThread {
                gate.wait()
                passed.withLock { $0 += 1 }
            }
            if round.isMultiple(of: 10) { usleep(100) }
            gate.open()
            waiting.join()
            #expect(passed.withLock { $0 } == round)
            gate.close()
        }
    }
}
