import Randomness
import TestSupport
import Testing

@testable import ShenRing

@Suite struct RingBalanceTests {
    @Test func `shares are the lengths of the arcs and add up to the circle`() throws {
        // Points at 0x4000…, 0x8000… and 0x9000…: a owns half and a quarter, b a sixteenth, c the
        // rest.
        let positions: [UInt8: UInt64] = [
            UInt8(ascii: "a"): 0x8 << 60, UInt8(ascii: "b"): 0x9 << 60,
            UInt8(ascii: "c"): 0x4 << 60,
        ]
        let placement = PointPlacement { encoded in positions[encoded[0]] ?? 0 }
        let members = [RingMember("a"), RingMember("b"), RingMember("c")]
        let ring = try AnkhRing(members: members, virtualNodes: 1, placement: placement)
        let balance = ring.balance()
        #expect(balance.shares.map(\.fraction) == [0.25, 0.0625, 0.6875])
        #expect(balance.maximumOverMean == 3 * 0.6875)
        #expect(balance.minimumOverMean == 3 * 0.0625)
        // Loads 0.75, 0.1875 and 2.0625: squares of the deviations from 1, by hand.
        let variance = (0.0625 + 0.660_156_25 + 1.128_906_25) / 3
        #expect(balance.relativeStandardDeviation == variance.squareRoot())
    }

    @Test func `shares are what counting every owned hash would give`() throws {
        var generator = testSeed.derived(for: "shares").generator()
        // A circle on which only 256 positions are used: the sum over a sample is exact.
        let placement = PointPlacement { encoded in
            // Bytes have no padding that could be uninitialised.
            KeyHash.position(of: unsafe encoded.bytes) | 0x00FF_FFFF_FFFF_FFFF
        }
        let members = randomMembers(9, maximumWeight: 3, from: &generator)
        let ring = try AnkhRing(members: members, virtualNodes: 6, placement: placement)
        var counts = [UInt128](repeating: 0, count: 9)
        for slice in 0..<UInt64(256) {
            counts[Int(ring.owner(ofHash: slice << 56 | 5))] += 1 << 56
        }
        #expect(ring.balance().shares.map(\.positions) == counts, "\(replay)")
    }

    @Test func `a weight of three owns about three times as much`() throws {
        var members = namedMembers(40)
        members[7] = RingMember("node-7", weight: 3)
        let ring = try AnkhRing(members: members, virtualNodes: 400)
        let balance = ring.balance()
        let found = ring.index(of: "node-7")
        let heavy = try #require(found)
        // 3/42 in expectation, with a standard deviation of 1/√1200 = 2.9 % of it.
        #expect(abs(balance.shares[Int(heavy)].fraction * 14 - 1) < 0.15)
        #expect(abs(balance.loads[Int(heavy)] - 1) < 0.15)
        #expect(balance.shares.reduce(.none, +) == .whole)
    }

    @Test func `160 virtual nodes spread the load by 8 percent, not by 1`() throws {
        let balance = try AnkhRing(members: namedMembers(200)).balance()
        // 1/√160 = 7.9 %; over 200 members the estimate itself varies by 5 % of that.
        #expect((0.06...0.10).contains(balance.relativeStandardDeviation))
        #expect(balance.maximumOverMean > 1.1)
        #expect(balance.minimumOverMean < 0.9)
    }
}
