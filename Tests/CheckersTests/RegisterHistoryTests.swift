import Checkers
import StateMachines
import Testing

@Suite struct RegisterHistoryTests {
    @Test func `a read of what was overwritten before it was invoked has no explanation`() throws {
        var scribe = Scribe(Register())
        scribe.did(0, .write([1]), 0...1, .written)
        scribe.did(0, .write([2]), 2...3, .written)
        scribe.did(1, .read, 4...5, .value([1]))
        let history = try History(scribe.operations)
        let violation = LinearizabilityChecker(Register()).check(history).violation
        let found = try #require(violation)
        #expect(found.blocked == 2)
        #expect(found.core == [0, 1, 2])
    }
}
