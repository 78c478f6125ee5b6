import Checkers
import Testing

/// Histories of a register whose verdict is known, by hand or from the tests of other checkers.
@Suite struct RegisterHistoryTests {
    private func written() -> Scribe<Register> { Scribe(Register()) }

    @Test func `nothing at all is linearizable`() throws {
        let verdict = try written().verdict(Register())
        guard case .linearizable(let order) = verdict else {
            Issue.record("\(verdict)")
            return
        }
        #expect(order.isEmpty)
    }

    @Test func `a read of what was overwritten before it was invoked has no explanation`() throws {
        var scribe = written()
        scribe.did(0, .write([1]), 0...1, .written)
        scribe.did(0, .write([2]), 2...3, .written)
        scribe.did(1, .read, 4...5, .value([1]))
        let found = try #require(try scribe.verdict(Register()).violation)
        #expect(found.blocked == 2)
        #expect(found.core == [0, 1, 2] && found.background.isEmpty && found.isSmallest)
        #expect(found.explained == [0, 1])
    }

    @Test func `reads that overlap a write may see it or not, but not take it back`() throws {
        // The quiz that porcupine's tests begin with: MIT 6.824, 2017, quiz 2, VII.
        var seen = written()
        seen.did(0, .write([100]), 0...100, .written)
        seen.did(1, .read, 25...75, .value([100]))
        seen.did(2, .read, 30...60, .value(nil))
        #expect(try seen.verdict(Register()).isLinearizable)
        var takenBack = written()
        takenBack.did(0, .write([200]), 0...100, .written)
        takenBack.did(1, .read, 10...30, .value([200]))
        takenBack.did(2, .read, 40...90, .value(nil))
        #expect(try takenBack.verdict(Register()).violation?.core == [1, 2])
    }

    @Test func `operations that take no time have their place`() throws {
        // After porcupine's TestZeroDuration.
        var good = written()
        good.did(0, .write([100]), 0...100, .written)
        good.did(1, .read, 25...75, .value([100]))
        good.did(2, .read, 30...30, .value(nil))
        good.did(3, .read, 30...30, .value(nil))
        #expect(try good.verdict(Register()).isLinearizable)
        var bad = written()
        bad.did(0, .write([200]), 0...100, .written)
        bad.did(1, .read, 10...10, .value([200]))
        bad.did(2, .read, 10...10, .value([200]))
        bad.did(3, .read, 40...90, .value(nil))
        #expect(try bad.verdict(Register()).violation != nil)
    }

    @Test func `the operation that cannot be explained is named, not the one after it`() throws {
        // After knossos' rethink-fail-minimal: 0 or 4 could be read, and 3 was.
        var scribe = written()
        scribe.did(0, .write([0]), 0...1, .written)
        scribe.did(1, .read, 2...4, .value([3]))
        scribe.did(2, .write([4]), 3...5, .written)
        scribe.did(3, .read, 6...7, .value([4]))
        let found = try #require(try scribe.verdict(Register()).violation)
        #expect(found.blocked == 1 && found.core == [1] && found.explained.last == 0)
    }

    @Test func `a crashed write may come late, but a read of what nobody wrote stays wrong`() throws
    {
        // After knossos' bad-analysis: a crashed read and a crashed write stand about.
        var scribe = written()
        scribe.did(4, .write([2]), 0...1, .written)
        scribe.asked(6, .read, 2)
        scribe.did(1, .write([4]), 3...4, .written)
        scribe.did(14, .read, 5...6, .value([4]))
        scribe.did(9, .write([0]), 7...8, .written)
        scribe.did(19, .read, 9...11, .value([0]))
        scribe.asked(20, .write([1]), 10)
        var late = scribe
        late.did(22, .read, 12...13, .value([0]))
        late.did(21, .read, 14...15, .value([1]))
        #expect(try late.verdict(Register()).isLinearizable)
        scribe.did(22, .read, 12...15, .value([3]))
        scribe.did(21, .read, 13...14, .value([2]))
        #expect(try scribe.verdict(Register()).violation != nil)
    }

    @Test func `a write that timed out takes effect once at most`() throws {
        var scribe = written()
        scribe.asked(0, .write([1]), 0)
        scribe.did(1, .read, 1...2, .value([1]))
        scribe.did(1, .write([2]), 3...4, .written)
        var twice = scribe
        scribe.did(1, .read, 5...6, .value([2]))
        #expect(try scribe.verdict(Register()).isLinearizable)
        twice.did(1, .read, 5...6, .value([1]))
        let found = try #require(try twice.verdict(Register()).violation)
        #expect(found.background == [0], "the write that timed out is what was read")
    }

    @Test func `comparisons that held follow each other, however they overlap`() throws {
        var scribe = written()
        for (client, step) in [(0, 0), (1, 1), (2, 2), (3, 3)] as [(Int, UInt8)] {
            scribe.did(
                client, .compareAndSet(expected: step == 0 ? nil : [step], value: [step + 1]),
                0...10, .written)
        }
        scribe.did(4, .read, 11...12, .value([4]))
        #expect(try scribe.verdict(Register()).isLinearizable)
        scribe.did(5, .compareAndSet(expected: [2], value: [9]), 0...10, .written)
        #expect(try scribe.verdict(Register()).violation != nil, "two held against one value")
    }

    @Test func `a comparison that failed tells what it found, or that it differed`() throws {
        var scribe = written()
        scribe.did(0, .write([1]), 0...1, .written)
        var held = scribe
        scribe.did(1, .compareAndSet(expected: [2], value: [3]), 2...3, .mismatch([1]))
        scribe.did(1, .compareAndSet(expected: [2], value: [3]), 4...5, .differs)
        #expect(try scribe.verdict(Register()).isLinearizable)
        held.did(1, .compareAndSet(expected: [1], value: [3]), 2...3, .differs)
        #expect(try held.verdict(Register()).violation?.core == [0, 1])
    }

    @Test func `keys are registers of their own`() throws {
        var scribe = written()
        scribe.did(0, .write([1]), 0...1, .written, key: 1)
        scribe.did(0, .write([2]), 2...3, .written, key: 2)
        scribe.did(1, .read, 4...5, .value([1]), key: 1)
        scribe.did(1, .read, 6...7, .value([2]), key: 2)
        scribe.did(1, .read, 8...9, .value(nil), key: 3)
        #expect(try scribe.verdict(Register()).isLinearizable)
    }

    @Test func `an answer that belongs to another kind of operation has no explanation`() throws {
        for (operation, answer) in [
            (.read, .written), (.write([1]), .value([1])),
            (.compareAndSet(expected: [1], value: [1]), .mismatch([1])),
        ] as [(Register.Operation, Register.Answer)] {
            var scribe = written()
            scribe.did(0, operation, 0...1, answer)
            #expect(try scribe.verdict(Register()).violation != nil, "\(operation) \(answer)")
        }
    }

    @Test func `a search that comes to the end of its budget says so`() throws {
        var scribe = written()
        for client in 0..<12 {
            scribe.did(client, .compareAndSet(expected: [1], value: [1]), 0...9, .differs)
            scribe.did(client + 12, .write([UInt8(client + 2)]), 0...9, .written)
        }
        scribe.did(30, .read, 10...11, .value([1]))
        let history = try History(scribe.operations)
        let verdict = LinearizabilityChecker(Register(), budget: 100).check(history)
        guard case .unknown(let key, let steps) = verdict else {
            Issue.record("\(verdict)")
            return
        }
        #expect(key == 0 && steps >= 100 && steps < 1_000)
    }
}
