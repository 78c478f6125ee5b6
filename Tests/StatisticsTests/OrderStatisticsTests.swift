import Randomness
import Testing

@testable import Statistics

@Suite struct OrderStatisticsTests {
    @Test(arguments: [1, 2, 31, 33, 100, 1000, 10_000], [3, 1000, 1_000_000])
    func `quantiles are those of the sorted values, in whatever order they are asked for`(
        count: Int, distinct: UInt64
    ) {
        var generator = testSeed.derived(for: "order \(count) \(distinct)").generator()
        let values = (0..<count).map { _ in Double(generator.next(below: distinct)) - 5 }
        let sorted = values.sorted()
        var statistics = OrderStatistics(of: values)
        for probability in [0.995, 0.005, 0.5, 0, 1, 0.25, 0.2501, 0.75, 0.005] {
            #expect(
                statistics.quantile(probability) == Quantile.ofSorted(sorted, at: probability),
                "\(probability)")
        }
        let middle = sorted[count / 2]
        #expect(statistics.count { $0 < middle } == sorted.filter { $0 < middle }.count)
    }

    @Test func `values in order, in reverse and all alike are no harder than others`() {
        let ascending = (0..<50_000).map { Double($0) }
        let inputs: [[Double]] = [
            ascending, Array(ascending.reversed()), Array(repeating: 7, count: 50_000),
        ]
        for values in inputs {
            var statistics = OrderStatistics(of: values)
            #expect(statistics.value(at: 0) == values.min())
            #expect(statistics.value(at: 49_999) == values.max())
        }
    }
}
