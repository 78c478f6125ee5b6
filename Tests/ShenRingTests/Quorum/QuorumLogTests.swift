import Randomness
import StateMachines
import TestSupport
import Testing

@testable import ShenRing

@Suite struct QuorumLogTests {
    /// A log done dumbly: every entry from the first on.
    private struct ReferenceLog {
        var entries: [QuorumEntry] = []

        func lastPlace(notAfter index: UInt64, termAtMost term: UInt64) -> UInt64 {
            var place = min(Int(index), entries.count)
            while place > 0, entries[place - 1].term > term { place -= 1 }
            return UInt64(place)
        }
    }

    @Test func `a log that is compacted says what one says that is not, where it still knows`() {
        var generator = testSeed.derived(for: "log").generator()
        for _ in 0..<200 {
            var log = QuorumLog(founding: .none)
            var reference = ReferenceLog()
            var term: UInt64 = 1
            for _ in 0..<60 {
                switch generator.next(below: 6) {
                case 0: term += generator.next(below: 3)
                case 1 where log.lastIndex > log.commit:
                    let from = log.commit + 1 + generator.next(below: log.lastIndex - log.commit)
                    log.truncate(from: from)
                    reference.entries.removeLast(reference.entries.count - Int(from) + 1)
                case 2:
                    log.commit(
                        through: log.commit + generator.next(below: log.lastIndex - log.commit + 1))
                case 3 where log.commit > log.snapshot?.index ?? 0:
                    let snapshot = QuorumSnapshot(
                        index: log.commit, term: log.term(at: log.commit) ?? 0,
                        membership: .none, state: [])
                    log.compact(into: snapshot, keeping: Int(generator.next(below: 4)))
                default:
                    term = max(term, log.lastTerm)
                    log.append(QuorumEntry(term: term, .noop))
                    reference.entries.append(QuorumEntry(term: term, .noop))
                }
                compare(log, reference, &generator)
            }
        }
    }

    private func compare(
        _ log: QuorumLog, _ reference: ReferenceLog, _ generator: inout Xoshiro256StarStar
    ) {
        #expect(log.lastIndex == UInt64(reference.entries.count), "\(replay)")
        #expect(log.lastTerm == reference.entries.last?.term ?? 0, "\(replay)")
        for index in 0...log.lastIndex + 1 {
            let known = index > 0 && index <= log.lastIndex && index >= log.base.index
            let expected = known ? reference.entries[Int(index) - 1].term : nil
            #expect(log.term(at: index) == (index == 0 && log.base.index == 0 ? 0 : expected))
            let term = generator.next(below: log.lastTerm + 2)
            let place = reference.lastPlace(notAfter: index, termAtMost: term)
            let found = log.lastPlace(notAfter: index, termAtMost: term)
            #expect(found?.index == (place >= log.base.index ? place : nil), "\(replay)")
        }
    }

    @Test
    func `the membership is the last one in the log, and an earlier one when that is taken back`()
        throws
    {
        let members = (0..<4).map { QuorumMember(NodeID(place: $0)) }
        let sets = try (1...4).map { try QuorumMembership(voters: Array(members[..<$0])) }
        var log = QuorumLog(founding: sets[0])
        for set in sets[1...] { log.append(QuorumEntry(term: 1, .configuration(set))) }
        #expect(log.membership == sets[3])
        log.truncate(from: 3)
        #expect(log.membership == sets[2] && log.membershipIndex == 2)
        log.commit(through: 2)
        let snapshot = QuorumSnapshot(index: 2, term: 1, membership: sets[2], state: [])
        log.compact(into: snapshot, keeping: 1)
        #expect(log.base.index == 1)
        #expect(log.membership(at: 1) == sets[1])
        log.compact(into: snapshot, keeping: 0)
        #expect(log.membership == sets[2] && log.membershipIndex == 2)
    }

    @Test func `a batch holds what fits, and one entry at any size`() {
        var log = QuorumLog(founding: .none)
        for size in [10, 1_000, 10, 10] {
            log.append(QuorumEntry(term: 1, .opaque(Array(repeating: 0, count: size))))
        }
        #expect(log.entries(from: 1, bytes: 1).count == 1)
        #expect(log.entries(from: 2, bytes: 1).count == 1)
        #expect(log.entries(from: 3, bytes: 52).count == 2)
        #expect(log.entries(from: 3, bytes: 51).count == 1)
        #expect(log.entries(from: 1, bytes: .max).count == 4)
    }

    @Test func `what was taken back before it was durable is not durable when its record is`() {
        var tail = DurableTail()
        tail.wrote(through: 5, at: 1)
        tail.wrote(through: 8, at: 2)
        tail.truncated(after: 3)
        tail.wrote(through: 4, at: 4)
        tail.stored(through: 2)
        #expect(tail.last == 3)
        tail.stored(through: 4)
        #expect(tail.last == 4)
        tail.truncated(after: 1)
        #expect(tail.last == 1)
    }

    @Test func `a queue gives back what came first, however long it has run`() {
        var queue = FIFO<Int>()
        var (added, removed) = (0, 0)
        var generator = testSeed.derived(for: "queue").generator()
        for _ in 0..<10_000 {
            if generator.next(below: 2) == 0 {
                queue.append(added)
                added += 1
            } else if let first = queue.removeFirst() {
                #expect(first == removed)
                removed += 1
            }
            #expect(queue.count == added - removed && queue.isEmpty == (added == removed))
        }
    }
}
