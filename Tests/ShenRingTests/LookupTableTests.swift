import CNilometerShims
import Randomness
import TestSupport
import Testing

@testable import ShenRing

@Suite struct LookupTableTests {
    @Test func `the rank among 14 numbers is the same by vector instructions and one by one`() {
        var generator = testSeed.derived(for: "ranks").generator()
        for round in 0..<500 {
            // Few different numbers in some rounds, so that equal ones occur.
            let spread: UInt64 = round % 3 == 0 ? 8 : 1 << 15
            var numbers = (0..<14).map { _ in Int16(generator.next(below: spread)) }.sorted()
            // What follows the 14 must not count.
            numbers += [.min, .max]
            for value in numbers.prefix(14) + [0, 1, .max, Int16(generator.next(below: spread))] {
                let expected = numbers.prefix(14).count { $0 <= value }
                // Sound: the functions read 32 bytes, the 16 numbers.
                let (vector, portable) = unsafe numbers.withUnsafeBytes { bytes in
                    guard let start = bytes.baseAddress else { return (UInt32.max, UInt32.max) }
                    return unsafe (
                        nilometer_rank14(start, value), nilometer_rank14_portable(start, value)
                    )
                }
                #expect(vector == UInt32(expected) && portable == vector, "\(replay)")
            }
        }
    }

    @Test func `a bucket with any number of points up to its limit and beyond finds each`() {
        for count in 1...20 {
            // All in the first of three buckets, and enough elsewhere to make three.
            let near = (0..<count).map {
                RingPoint(position: UInt64($0 + 1) << 40, owner: UInt32($0))
            }
            let far = (0..<max(0, 21 - count)).map {
                RingPoint(position: 3 << 62 + UInt64($0), owner: UInt32(100 + $0))
            }
            let points = near + far
            let table = LookupTable(sorted: points.span)
            for (index, point) in points.enumerated() {
                let at = table.position(ofHash: point.position)
                let after = table.position(ofHash: point.position + 1)
                let before = table.position(ofHash: point.position - 1)
                #expect(at == index)
                #expect(after == index + 1)
                #expect(
                    before
                        == (index > 0 && points[index - 1].position == point.position - 1
                            ? index - 1 : index))
                let owner = table.owner(ofHash: point.position)
                #expect(owner == point.owner)
            }
        }
    }

    @Test func `hashes that agree with a point in all the bits that a line keeps are told apart`() {
        // One bucket: its places are the upper 15 bits of a hash.
        let points = [
            RingPoint(position: 5 << 49 + 1000, owner: 1), RingPoint(position: 9 << 60, owner: 2),
        ]
        let table = LookupTable(sorted: points.span)
        for (hash, owner) in [
            (5 << 49, 1), (5 << 49 + 1000, 1), (5 << 49 + 1001, 2), (6 << 49 - 1, 2), (0, 1),
            (9 << 60, 2), (9 << 60 + 1, 1), (UInt64.max, 1),
        ] as [(UInt64, UInt32)] {
            let found = table.owner(ofHash: hash)
            #expect(found == owner, "\(hash)")
        }
    }

    @Test func `points are sorted by position and at one position stay in the order of owners`() {
        var generator = testSeed.derived(for: "sorting").generator()
        for bits in [0, 1, 5, 11, 30, 64] as [UInt64] {
            for count in [0, 1, 2, 3, 500] {
                let mask = bits == 64 ? .max : (1 << bits) - 1 as UInt64
                // In different digits of the radix sort.
                let shift = bits < 40 ? generator.next(below: 64 - bits) : 0
                let points = (0..<count).map {
                    RingPoint(
                        position: (generator.next() & mask) << shift, owner: UInt32($0 / 3))
                }
                var sorted = points
                RingPoint.sortByPosition(&sorted)
                #expect(sorted == points.sorted(), "\(replay)")
                let split = count / 3
                let halves = [Array(points[..<split]), Array(points[split...])].map { $0.sorted() }
                #expect(RingPoint.merged(halves[0], halves[1]) == sorted, "\(replay)")
            }
        }
    }
}
