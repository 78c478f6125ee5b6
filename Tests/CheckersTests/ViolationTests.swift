import Randomness
import TestSupport
import Testing

@testable import Checkers

/// What is said of a violation, held against all orders of small histories.
@Suite struct ViolationTests {
    private let shape = SmallHistories(
        operations: 7, clients: 4, keys: 1, values: 2, unanswered: 2, invented: 2)

    /// The history with some operations, of which others than the core are unanswered.
    private func part(
        _ history: History<Register>, core: [Int], background: [Int]
    ) -> ReferenceChecker<Register> {
        let places = (core + background).sorted()
        let operations = places.map { place in
            let whole = history.operations[place]
            return core.contains(place)
                ? whole
                : HistoryOperation(
                    whole.id, key: whole.key, whole.operation, invoked: whole.invoked)
        }
        return ReferenceChecker(
            Register(),
            History(
                operations: operations, calls: places.map { history.calls[$0] },
                ends: places.map {
                    core.contains($0) ? history.ends[$0] : History<Register>.unanswered
                }))
    }

    @Test func `the core contradicts itself, and without any operation it does not`() throws {
        var generator = testSeed.derived(for: "core").generator()
        var found = 0
        for round in 0..<testRounds(2_000) {
            let history = try shape.next(from: &generator)
            guard
                let violation = LinearizabilityChecker(Register()).check(history).violation
            else { continue }
            found += 1
            let context = "\(replay), round \(round): \(violation) of \(history.operations)"
            let (core, background) = (violation.core, violation.background)
            #expect(violation.isSmallest, "\(context)")
            #expect(
                !part(history, core: core, background: background).isLinearizable, "\(context)")
            for spared in core {
                let rest = core.filter { $0 != spared }
                let isRead = Register().isSilent(
                    history.operations[spared].operation,
                    answered: history.operations[spared].answer)
                // Everything that was not in the core may have mattered to what is spared now.
                let others = history.operations.indices.filter { place in
                    !rest.contains(place) && !(isRead && place == spared)
                        && history.calls[place] < history.ends[violation.blocked]
                }
                #expect(
                    part(history, core: rest, background: others).isLinearizable,
                    "without \(spared): \(context)")
            }
        }
        #expect(found > 100, "\(replay)")
    }

    @Test func `all that was answered before the operation in the way is explained`() throws {
        var generator = testSeed.derived(for: "explained").generator()
        for round in 0..<testRounds(2_000) {
            let history = try shape.next(from: &generator)
            guard
                let violation = LinearizabilityChecker(Register()).check(history).violation
            else { continue }
            let context = "\(replay), round \(round): \(violation) of \(history.operations)"
            let end = history.ends[violation.blocked]
            let before = history.operations.indices.filter { history.ends[$0] < end }
            #expect(Set(before).isSubset(of: violation.explained), "\(context)")
            let others = history.operations.indices.filter {
                history.calls[$0] < end && history.ends[$0] >= end
            }
            #expect(part(history, core: before, background: others).isLinearizable, "\(context)")
            #expect(
                !part(
                    history, core: before + [violation.blocked],
                    background: others.filter { $0 != violation.blocked }
                ).isLinearizable, "\(context)")
        }
    }
}
