import Randomness
import TestSupport
import Testing

@testable import ShenRing

@Suite struct ArcSetTests {
    /// Sets of arcs whose ends are among few positions, at both ends of the circle, so that arcs touch,
    /// overlap and wrap; and all positions on which they can differ.
    private static let ends: [UInt64] = [0, 1, 2, 5, 6, .max / 2, .max - 5, .max - 1, .max]

    private func random(_ generator: inout Xoshiro256StarStar) -> [HashArc] {
        let ends = ArcSetTests.ends
        return (0..<generator.next(below: 4)).map { _ in
            HashArc(
                after: ends[Int(generator.next(below: UInt64(ends.count)))],
                through: ends[Int(generator.next(below: UInt64(ends.count)))])
        }
    }

    private var probes: [UInt64] {
        Set(ArcSetTests.ends.flatMap { [$0 &- 1, $0, $0 &+ 1] }).sorted()
    }

    @Test func `sets of positions do what sets do, across the end of the circle too`() {
        var generator = testSeed.derived(for: "arc sets").generator()
        for _ in 0..<300 {
            let (some, others) = (random(&generator), random(&generator))
            let (left, right) = (ArcSet(some), ArcSet(others))
            for probe in probes {
                let (inLeft, inRight) = (
                    some.contains { $0.contains(probe) }, others.contains { $0.contains(probe) }
                )
                #expect(left.contains(probe) == inLeft, "\(replay)")
                #expect(left.union(right).contains(probe) == (inLeft || inRight), "\(replay)")
                #expect(left.intersection(right).contains(probe) == (inLeft && inRight))
                #expect(left.subtracting(right).contains(probe) == (inLeft && !inRight))
                #expect(left.complement.contains(probe) == !inLeft, "\(replay)")
            }
            #expect(left.union(right) == right.union(left), "\(replay)")
            #expect(left.complement.complement == left, "\(replay)")
            #expect(left.share.positions + left.complement.share.positions == 1 << 64)
            #expect(ArcSet(left.arcs) == left, "\(replay)")
        }
    }

    @Test func `arcs that touch are one, and one that crosses the end of the circle stays whole`() {
        let touching = ArcSet([HashArc(after: 10, through: 20), HashArc(after: 20, through: 30)])
        #expect(touching.arcs == [HashArc(after: 10, through: 30)])
        let wrapped = ArcSet([HashArc(after: .max - 3, through: 4)])
        #expect(wrapped.arcs == [HashArc(after: .max - 3, through: 4)])
        #expect(wrapped.share.positions == 8)
        #expect(ArcSet([HashArc(after: 9, through: 9)]) == .whole)
        #expect(ArcSet().complement == .whole)
        #expect(ArcSet.whole.arcs.map(\.share) == [.whole])
        #expect(wrapped.description == "{(0xfffffffffffffffc, 0x4]}")
    }
}
