import Randomness
import TestSupport
import Testing

@testable import ShenRing

@Suite struct RingMembershipTests {
    @Test func `joining and leaving give the ring that is built from the members that are there`()
        throws
    {
        var generator = testSeed.derived(for: "membership").generator()
        let pool = randomMembers(24, maximumWeight: 3, from: &generator)
        var present = Array(pool[..<4])
        var ring = try AnkhRing(members: present, virtualNodes: 20)
        for _ in 0..<40 {
            let absent = pool.filter { !present.contains($0) }
            if absent.isEmpty || (present.count > 3 && generator.next(below: 2) == 0) {
                let leaving = Array(present.shuffled(by: &generator).prefix(2))
                present.removeAll { leaving.contains($0) }
                ring = try ring.removing(contentsOf: leaving.map(\.name))
            } else {
                let joining = Array(absent.shuffled(by: &generator).prefix(3))
                present += joining
                ring = try ring.adding(contentsOf: joining)
            }
            let built = try AnkhRing(members: present, virtualNodes: 20)
            #expect(ring.members == built.members, "\(replay)")
            #expect(ring.points() == built.points(), "\(replay)")
        }
    }

    @Test func `a ring refuses members that it cannot place and says which`() {
        func error(_ members: [RingMember], virtualNodes: Int = 160) -> RingError? {
            do throws(RingError) {
                _ = try AnkhRing(members: members, virtualNodes: virtualNodes)
                return nil
            } catch { return error }
        }
        #expect(error([]) == .noMembers)
        #expect(error([RingMember("a"), RingMember("")]) == .emptyName(at: 1))
        #expect(error([RingMember("a"), RingMember("b"), RingMember("a")]) == .duplicateName("a"))
        #expect(error([RingMember("a", weight: 0)]) == .invalidWeight(0, of: "a"))
        #expect(error([RingMember("a", weight: -3)]) == .invalidWeight(-3, of: "a"))
        #expect(error([RingMember("a")], virtualNodes: 0) == .invalidVirtualNodes(0))
        let limit = RingError.tooManyPoints(limit: AnkhRing.pointLimit)
        #expect(error([RingMember("a", weight: .max)]) == limit)
        #expect(
            error([RingMember("a", weight: 1 << 25), RingMember("b")], virtualNodes: 2) == limit)
    }

    @Test func `a join or a leave that makes no ring leaves the old one and says why`() throws {
        let ring = try AnkhRing(members: [RingMember("a"), RingMember("b")])
        #expect(throws: RingError.duplicateName("a")) { _ = try ring.adding(RingMember("a")) }
        #expect(throws: RingError.duplicateName("c")) {
            _ = try ring.adding(contentsOf: [RingMember("c"), RingMember("c")])
        }
        #expect(throws: RingError.unknownMember("c")) { _ = try ring.removing("c") }
        #expect(throws: RingError.duplicateName("a")) {
            _ = try ring.removing(contentsOf: ["a", "a"])
        }
        #expect(throws: RingError.noMembers) { _ = try ring.removing(contentsOf: ["a", "b"]) }
        #expect(ring.members.map(\.name) == ["a", "b"])
    }

    @Test func `an error says in one line what was found and what was expected`() {
        let errors: [RingError] = [
            .noMembers, .emptyName(at: 3), .duplicateName("a"), .unknownMember("a"),
            .invalidWeight(0, of: "a"), .invalidVirtualNodes(0), .tooManyPoints(limit: 9),
            .confusableNames("a", "b"), .wrongBase(of: .first, found: .first),
            .invalidExcess(0),
        ]
        for error in errors {
            #expect(error.description.hasPrefix("ring: "))
            #expect(error.description.contains("; expected "))
            #expect(!error.description.contains("\n"))
        }
    }
}
