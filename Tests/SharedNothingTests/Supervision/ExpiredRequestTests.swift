import Hardware
import Testing

@testable import SharedNothing

/// Requests whose time was over before their worker came to them.
@Suite struct ExpiredRequestTests {
    @Test func `nobody works on what nobody waits for any more`() throws {
        let gate = Gate()
        let worker = Scripted()
        let pool = try WorkerPool(worker, configuration(workers: 1))
        try pool.send(.stand(gate), to: 0)
        gate.awaitArrival()
        #expect(throws: RequestError.timedOut(worker: 0)) {
            try pool.request(.note(1), to: 0, timeout: .milliseconds(1))
        }
        #expect(pool.gather(.note(2), within: .milliseconds(1)).missing.count == 1)
        // A message has no deadline.
        try pool.send(.note(3), to: 0)
        gate.open()
        #expect(try pool.request(.note(4), to: 0, timeout: plenty) == 0)
        try pool.stop(within: plenty)
        #expect(worker.numbers == [3, 4])
        #expect(pool.statistics[0].expired == 2)
        #expect(pool.statistics[0].handled == 3)
        #expect(pool.statistics[0].received == 5)
    }
}
