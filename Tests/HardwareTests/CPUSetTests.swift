import Testing

@testable import Hardware

@Suite struct CPUSetTests {
    @Test(arguments: [
        ("", []), ("0", [0]), ("0-3", [0, 1, 2, 3]), ("0-1,8,10-11", [0, 1, 8, 10, 11]),
        (" 2,1 \n", [1, 2]), ("1,1-2", [1, 2]),
    ])
    func `the kernel's lists parse`(text: String, indexes: [Int]) {
        #expect(CPUSet(text)?.indexes == indexes)
    }

    @Test(arguments: ["x", "3-1", "-1", "1-", "1,,2", "1-2-3", "0-99999999", "1 2", "٣"])
    func `what is no list is refused`(text: String) {
        #expect(CPUSet(text) == nil)
    }

    @Test func `sets print as the kernel prints them, and read back`() throws {
        for set: CPUSet in [[], [0], [0, 1, 2, 3], [5, 0, 1, 7, 6], [3, 3]] {
            #expect(CPUSet(set.description) == set)
            #expect(try JSON.roundTrip(set) == set)
        }
        #expect("\(CPUSet([5, 0, 1, 7, 6]))" == "0-1,5-7")
        #expect(throws: DecodingError.self) { try JSON.value(CPUSet.self, "\"2-1\"") }
    }

    @Test func `set operations agree with those of the standard library`() {
        // Every pair of subsets of six numbers.
        let subsets = (0..<64).map { bits in (0..<6).filter { bits >> $0 & 1 == 1 } }
        for left in subsets {
            for right in subsets {
                let (one, other) = (CPUSet(left), CPUSet(right))
                let common = Set(left).intersection(right)
                #expect(one.intersection(other).indexes == common.sorted())
                #expect(one.intersects(other) == !common.isEmpty)
                #expect(one.isSuperset(of: other) == Set(left).isSuperset(of: right))
            }
            for index in 0..<7 { #expect(CPUSet(left).contains(index) == left.contains(index)) }
        }
    }
}
