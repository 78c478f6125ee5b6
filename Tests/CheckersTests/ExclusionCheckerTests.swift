import StateMachines
import Testing

@testable import Checkers

@Suite struct ExclusionCheckerTests {
    private let one = NodeID(1)
    private let two = NodeID(2)
    private let three = NodeID(3)

    private func at(_ nanoseconds: Int64) -> Moment { Moment(nanoseconds: nanoseconds) }

    private func right(
        _ holder: NodeID, _ fence: UInt64, _ from: Int64, until: Int64? = nil
    ) -> HeldRight {
        HeldRight(holder: holder, fence: fence, from: at(from), until: until.map(at))
    }

    @Test func `rights that follow each other, with what they let through, break no rule`() {
        var checker = ExclusionChecker()
        checker.began(one, fence: 1, at: at(0))
        checker.accepted(fence: 1, from: one, at: at(1))
        checker.ended(one, fence: 1, at: at(2))
        checker.began(two, fence: 2, at: at(2), until: at(9))
        checker.accepted(fence: 2, from: two, at: at(3))
        checker.began(three, fence: 5, at: at(9))
        checker.stopped(three, at: at(10))
        checker.began(one, fence: 6, at: at(10))
        #expect(checker.findings.isEmpty)
        #expect(checker.rightCount == 4 && checker.acceptedCount == 2)
        #expect(checker.held == [right(one, 6, 10)])
    }

    @Test func `two holders at one time are found, each pair once`() {
        var checker = ExclusionChecker()
        checker.began(one, fence: 1, at: at(0))
        checker.began(two, fence: 2, at: at(4), until: at(8))
        checker.began(three, fence: 3, at: at(5))
        #expect(
            checker.findings.first == [
                .overlap(first: right(one, 1, 0), second: right(two, 2, 4, until: 8)),
                .overlap(first: right(one, 1, 0), second: right(three, 3, 5)),
                .overlap(first: right(two, 2, 4, until: 8), second: right(three, 3, 5)),
            ])
        #expect(
            checker.findings.lines.first
                == "two holders at 4 ns: n1 with fence 1 from 0 ns to now, "
                + "and n2 with fence 2 from 4 ns to 8 ns")
    }

    @Test func `a lease that was renewed lasts until its new end`() {
        var checker = ExclusionChecker()
        checker.began(one, fence: 1, at: at(0), until: at(5))
        checker.began(one, fence: 1, at: at(4), until: at(10))
        checker.began(two, fence: 2, at: at(6), until: at(20))
        #expect(checker.rightCount == 2)
        #expect(
            checker.findings.first == [
                .overlap(
                    first: right(one, 1, 0, until: 10), second: right(two, 2, 6, until: 20))
            ])
        // It has lapsed: to hold it again is a new right.
        checker.began(one, fence: 1, at: at(30))
        #expect(
            checker.findings.first.last
                == .fenceNotGreater(right(one, 1, 30), than: right(two, 2, 6, until: 20)))
    }

    @Test func `a fence that does not rise is found`() {
        var checker = ExclusionChecker()
        checker.began(one, fence: 3, at: at(0), until: at(1))
        checker.began(two, fence: 3, at: at(1), until: at(2))
        checker.began(one, fence: 2, at: at(2), until: at(3))
        #expect(checker.findings.count == 2)
        #expect(
            checker.findings.first.first
                == .fenceNotGreater(right(two, 3, 1, until: 2), than: right(one, 3, 0, until: 1)))
    }

    @Test func `the resource lets in only holders, in the order of their fences`() {
        var checker = ExclusionChecker(promises: .fencedResource)
        checker.began(one, fence: 1, at: at(0))
        checker.began(two, fence: 2, at: at(1))
        checker.accepted(fence: 1, from: one, at: at(2))
        checker.accepted(fence: 2, from: two, at: at(3))
        checker.accepted(fence: 2, from: two, at: at(4))
        #expect(checker.findings.isEmpty, "that two hold it is not asked here")
        checker.accepted(fence: 1, from: one, at: at(5))
        checker.accepted(fence: 2, from: one, at: at(6))
        checker.accepted(fence: 9, from: one, at: at(7))
        #expect(
            checker.findings.first == [
                .acceptedTooLate(fence: 1, from: one, at: at(5), after: 2, since: at(4)),
                .acceptedFromStranger(one, at: at(6), right: right(two, 2, 1)),
                .acceptedUnknownFence(9, from: one, at: at(7)),
            ])
    }

    @Test func `to give up what one was never given is found, a lease that has ended is not`() {
        var checker = ExclusionChecker()
        checker.began(one, fence: 1, at: at(0), until: at(5))
        checker.ended(two, fence: 1, at: at(1))
        checker.ended(one, fence: 1, at: at(5))
        checker.ended(one, fence: 1, at: at(6))
        #expect(checker.findings.first == [.endedWithoutRight(two, fence: 1, at: at(1))])
    }
}
