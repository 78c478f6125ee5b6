import Randomness
import Synchronization
import TestSupport
import Testing

@testable import ShenRing

@Suite struct RingViewTests {
    private func view(_ names: [NodeName], version: UInt64 = 1) throws(RingError) -> RingView {
        try RingView(
            version: RingVersion(version), members: names.map { RingMember($0) }, virtualNodes: 4)
    }

    @Test func `a change makes the next version of exactly the view that it is for`() throws {
        let first = try view(["a", "b", "c"])
        let change = RingChange(
            making: RingVersion(2), joining: [RingMember("d")], leaving: ["b"],
            reweighted: [RingMember("c", weight: 5)])
        let second = try first.applying(change)
        #expect(second.version == RingVersion(2))
        #expect(
            second.members == [RingMember("a"), RingMember("c", weight: 5), RingMember("d")])
        #expect(first.change(to: second) == change)
        #expect(throws: RingError.wrongBase(of: RingVersion(2), found: RingVersion(2))) {
            _ = try second.applying(change)
        }
    }

    @Test func `a change that cannot be made says why`() throws {
        let first = try view(["a", "b"])
        func error(_ change: RingChange) -> RingError? {
            do throws(RingError) {
                _ = try first.applying(change)
                return nil
            } catch {
                return error
            }
        }
        let next = RingVersion(2)
        #expect(error(RingChange(making: next, leaving: ["x"])) == .unknownMember("x"))
        #expect(error(RingChange(making: next, leaving: ["a", "b"])) == .noMembers)
        #expect(error(RingChange(making: next, joining: [RingMember("a")])) == .duplicateName("a"))
        #expect(error(RingChange(making: next, joining: [RingMember("")])) == .emptyName(at: 2))
        #expect(
            error(RingChange(making: next, leaving: ["a"], reweighted: [RingMember("a")]))
                == .duplicateName("a"))
        #expect(
            error(RingChange(making: next, reweighted: [RingMember("b", weight: 0)]))
                == .invalidWeight(0, of: "b"))
        #expect(
            error(RingChange(making: next, reweighted: [RingMember("x", weight: 2)]))
                == .unknownMember("x"))
    }

    @Test func `a name that is another's text in other bytes is refused where it is proposed`()
        throws
    {
        let (composed, decomposed): (NodeName, NodeName) = ("caf\u{E9}", "cafe\u{301}")
        #expect(composed.isConfusable(with: decomposed))
        #expect(!composed.isConfusable(with: composed))
        #expect(!composed.isConfusable(with: "cafe"))
        // Bytes that are no text are confusable with nothing.
        #expect(!NodeName(bytes: [0xE9]).isConfusable(with: composed))
        let first = try view([composed, "b"])
        let change = RingChange(making: RingVersion(2), joining: [RingMember(decomposed)])
        #expect(throws: RingError.confusableNames(decomposed, composed)) {
            _ = try first.proposing(change)
        }
        // Who takes the view over must not refuse what others took, whatever their Unicode tables.
        let taken = try first.applying(change)
        #expect(taken.members.count == 3)
        #expect(NodeName.firstConfusable(among: ["x", "y", NodeName(bytes: [0xFF])]) == nil)
        // Both orders of two combining marks are one text.
        let pair = NodeName.firstConfusable(among: ["q\u{307}\u{323}", "a", "q\u{323}\u{307}"])
        #expect(pair?.0.isConfusable(with: pair?.1 ?? "a") == true)
    }

    @Test func `a ring that came through any versions is the ring of the last view`() throws {
        var generator = testSeed.derived(for: "advanced rings").generator()
        // Points fall on 64 positions, so that many share one.
        let crowded = PointPlacement { encoded in
            KeyHash.position(of: unsafe encoded.bytes) << 58
        }
        for placement in [PointPlacement.xxh3, crowded] {
            var pool = randomMembers(9, maximumWeight: 3, from: &generator)
            var ring = try VersionedRing(
                RingView(version: .first, members: pool, virtualNodes: 5), placement: placement)
            for version in 2...40 as ClosedRange<UInt64> {
                pool = pool.map { member in
                    RingMember(member.name, weight: 1 + Int(generator.next(below: 3)))
                }.shuffled(by: &generator)
                let count = 1 + Int(generator.next(below: UInt64(pool.count)))
                let view = try RingView(
                    version: RingVersion(version), members: Array(pool.prefix(count)),
                    virtualNodes: version.isMultiple(of: 7) ? 6 : 5)
                ring = try ring.advanced(to: view)
                let direct = try VersionedRing(view, placement: placement)
                let (points, expected) = (ring.ring.points(), direct.ring.points())
                #expect(points == expected, "\(replay)")
                let (members, seen) = (ring.ring.members, ring.version)
                #expect(members == view.members && seen == view.version, "\(replay)")
            }
        }
    }

    @Test func `who may share a position is decided by names, whoever joined first`() throws {
        let single = PointPlacement { _ in 77 }
        let first = try VersionedRing(
            RingView(version: .first, members: [RingMember("b")], virtualNodes: 2),
            placement: single)
        let grown = try first.advanced(
            to: RingView(
                version: RingVersion(2), members: [RingMember("b"), RingMember("a")],
                virtualNodes: 2))
        let owner = grown.ring.owner(ofHash: 5)
        let name = grown.ring.members[Int(owner)].name
        #expect(name == "a")
        let replicas = grown.ring.replicas(ofHash: 5, count: 2)
        #expect(replicas == [0, 1])
        let share = grown.ring.balance().shares[0]
        #expect(share == .whole)
    }

    @Test func `rings of two versions disagree about what moves between them, exactly`() throws {
        let old = try AnkhRing(members: namedMembers(9))
        let new = try old.adding(RingMember("node-x"))
        let expected = new.balance().shares[9]
        #expect(old.disagreement(with: new) == expected)
        #expect(new.disagreement(with: old) == expected)
        #expect(old.disagreement(with: old) == .none)
        let contested = old.contested(with: new).share
        #expect(contested == expected)
        let replicas = old.disagreement(with: new, replicationFactor: 3)
        #expect(replicas == Holdings(of: new, replicationFactor: 3)["node-x"].share)
    }
}

/// Counts what threads were refused that no thread should be.
private final class Refusals: Sendable {
    let count = Atomic(0)
}

@Suite struct PublishedRingTests {
    private func view(_ version: UInt64, _ count: Int) throws(RingError) -> RingView {
        try RingView(
            version: RingVersion(version), members: namedMembers(count), virtualNodes: 8)
    }

    @Test func `only a newer view is published, and who brings another is told what is there`()
        throws
    {
        let published = try PublishedRing(view(3, 3))
        #expect(try published.adopt(view(5, 5)) == .adopted(after: RingVersion(3)))
        #expect(try published.adopt(view(4, 4)) == .stale(RingVersion(5)))
        #expect(try published.adopt(view(5, 5)) == .alreadyThere)
        #expect(try published.adopt(view(5, 6)) == .conflict)
        #expect(published.version == RingVersion(5))
        var reader = published.makeReader()
        let members = reader.read { $0.ring.members.count }
        #expect(members == 5)
        #expect(published.heldCount == 0)
    }

    @Test func `threads that bring views in any order leave the newest, and readers only advance`()
        throws
    {
        let published = try PublishedRing(view(1, 2))
        let last: UInt64 = 120
        let refusals = Refusals()
        let threads = (0..<3).map { writer in
            TestThread {
                var generator = testSeed.derived(for: writer).generator()
                var versions = Array(2...last).shuffled(by: &generator)
                while let version = versions.popLast() {
                    let members = namedMembers(1 + Int(version % 7))
                    guard
                        let view = try? RingView(
                            version: RingVersion(version), members: members, virtualNodes: 8)
                    else { continue }
                    switch try? published.adopt(view) {
                    case nil, .conflict: refusals.count.wrappingAdd(1, ordering: .relaxed)
                    default: break
                    }
                }
            }
        }
        var reader = published.makeReader()
        var seen = RingVersion(0)
        while seen.rawValue < last {
            let isWhole = reader.read { ring in
                let isNewer = ring.version >= seen
                seen = ring.version
                // The ring is that of its view: never one of another version.
                let expected = seen.rawValue == 1 ? 2 : 1 + Int(seen.rawValue % 7)
                return isNewer && ring.ring.members.count == expected
                    && ring.ring.pointCount == expected * 8
            }
            #expect(isWhole, "\(replay)")
            if !isWhole { break }
        }
        for thread in threads { thread.join() }
        #expect(refusals.count.load(ordering: .relaxed) == 0)
        reader.leave()
        #expect(published.version == RingVersion(last))
        #expect(published.heldCount == 0)
    }
}
