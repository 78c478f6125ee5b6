import Testing

@testable import LoadGeneration

@Suite struct LatenessSplitTests {
    /// Own parts of the lateness of requests given as (intended, started, done).
    private func own(_ requests: [(UInt64, UInt64, UInt64)]) -> [UInt64] {
        var split = LatenessSplit()
        return requests.map { intended, started, done in
            split.own(intended: intended, lateness: started - intended, service: done - started)
        }
    }

    @Test func `a request that finds the target busy is late through the target`() {
        #expect(own([(0, 0, 100), (10, 100, 105), (20, 105, 110)]) == [0, 0, 0])
    }

    @Test func `a request that finds the target idle is late through the generator`() {
        #expect(own([(0, 0, 5), (10, 30, 35), (40, 41, 46)]) == [0, 20, 1])
    }

    @Test func `both at once are told apart`() {
        // In service until 100; the generator needs 7 more to start the next.
        #expect(own([(0, 0, 100), (50, 107, 110)]) == [0, 7])
    }

    @Test func `a generator that is slow each time is blamed for the whole backlog`() {
        // The target takes 1 of the 10 between two requests, the generator 12 more.
        let requests = (0..<100).map { index -> (UInt64, UInt64, UInt64) in
            let started = UInt64(index) * 13
            return (UInt64(index) * 10, started, started + 1)
        }
        #expect(own(requests) == (0..<100).map { UInt64($0) * 3 })
    }

    @Test func `what a stall delays is the target's, until its backlog is gone`() {
        // A stall of 50, then services of 5 every 10: the backlog shrinks by 5 each time.
        var now: UInt64 = 0
        let requests = (0..<30).map { index -> (UInt64, UInt64, UInt64) in
            let intended = UInt64(index) * 10
            let started = max(now, intended)
            now = started + (index == 3 ? 50 : 5)
            return (intended, started, now)
        }
        #expect(own(requests).allSatisfy { $0 == 0 })
        #expect(requests.count { $0.1 > $0.0 } > 5)
    }
}
