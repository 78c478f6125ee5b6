/// A few order statistics of many values, found without sorting them all.
///
/// An interval needs four of ten thousand replicates: partitioning finds one in O(n), where sorting
/// takes O(n log n) for all. What a search learnt is kept, so that later ones look at fewer values.
/// Source: Hoare, "Algorithm 65: find", Communications of the ACM 4(7), 1961.
struct OrderStatistics {
    private var values: [Double]
    /// Ranks at which `values` is divided: all before one are at most those from it on.
    private var bounds: [Int]

    /// - Precondition: at least one value, all finite.
    init(of values: [Double]) {
        requireFinite(values)
        self.values = values
        bounds = [0, values.count]
    }

    /// The number of values.
    var count: Int { values.count }

    /// How many values meet `condition`; O(n).
    func count(where condition: (Double) -> Bool) -> Int {
        values.reduce(0) { $0 + (condition($1) ? 1 : 0) }
    }

    /// The type 7 quantile (see `Quantile`); O(n) on average.
    ///
    /// - Precondition: `0 <= probability <= 1`.
    mutating func quantile(_ probability: Double) -> Double {
        let position = Quantile.Position(of: probability, among: values.count)
        let lower = value(at: position.rank)
        guard position.fraction > 0 else { return lower }
        return Quantile.interpolate(lower, value(at: position.rank + 1), position.fraction)
    }

    /// The value at `rank` (from 0) in ascending order.
    mutating func value(at rank: Int) -> Double {
        precondition(values.indices.contains(rank), "rank \(rank) of \(values.count) values")
        // The part that the rank lies in.
        let place = bounds.firstIndex { $0 > rank } ?? bounds.count
        var (low, high) = (bounds[place - 1], bounds[place])
        var found: [Int] = []
        // A part that shrinks too slowly for its pivots is sorted: no input takes O(n²).
        var patience = 64
        while high - low > 32, patience > 0 {
            let (first, second) = partition(low, high)
            found += [first, second]
            patience -= 1
            if rank < first {
                high = first
            } else if rank >= second {
                low = second
            } else {
                return keep(found, values[rank])
            }
        }
        values[low..<high].sort()
        return keep(found, values[rank])
    }

    private mutating func keep(_ found: [Int], _ value: Double) -> Double {
        for bound in found {
            let place = bounds.firstIndex { $0 >= bound } ?? bounds.count
            if place == bounds.count || bounds[place] != bound { bounds.insert(bound, at: place) }
        }
        return value
    }

    /// Divides `low..<high` by the median of three: values below it, values like it from the first
    /// returned rank on, and values above it from the second.
    private mutating func partition(_ low: Int, _ high: Int) -> (Int, Int) {
        let (a, b, c) = (values[low], values[low + (high - low) / 2], values[high - 1])
        let pivot = max(min(a, b), min(max(a, b), c))
        var (below, next, above) = (low, low, high)
        while next < above {
            let value = values[next]
            if value < pivot {
                values.swapAt(below, next)
                below += 1
                next += 1
            } else if value > pivot {
                above -= 1
                values.swapAt(next, above)
            } else {
                next += 1
            }
        }
        return (below, above)
    }
}
