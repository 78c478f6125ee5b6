/// How many successes and failures there were in the last while, in buckets of time that are
/// forgotten one by one: constant memory, O(buckets) after a pause and O(1) otherwise.
///
/// An event counts for at least (buckets − 1) and at most `buckets` widths.
struct RollingCount: Sendable, Equatable {
    /// The length of a bucket in nanoseconds.
    private let width: UInt64
    private var buckets: [(successes: Int, failures: Int)]
    /// The number of the latest bucket since the clock's zero.
    private var latest: UInt64 = 0

    private(set) var successes = 0
    private(set) var failures = 0

    /// A window of `span` in `buckets` parts.
    init(over span: Duration, buckets: Int) {
        let nanoseconds = span.wholeNanoseconds
        precondition(
            buckets > 0 && nanoseconds >= UInt64(buckets), "\(buckets) buckets over \(span)")
        width = nanoseconds / UInt64(buckets)
        self.buckets = Array(repeating: (0, 0), count: buckets)
    }

    /// Forgets what is too old at `now`. Times that go back are taken as the latest.
    mutating func advance(to now: MonotonicTime) {
        let bucket = now.nanoseconds / width
        guard bucket > latest else { return }
        let passed = Int(min(bucket - latest, UInt64(buckets.count)))
        latest = bucket
        for back in 0..<passed {
            let index = slot(latest &- UInt64(back))
            successes -= buckets[index].successes
            failures -= buckets[index].failures
            buckets[index] = (0, 0)
        }
    }

    /// Counts one event at `now`.
    mutating func add(success: Bool, at now: MonotonicTime) {
        advance(to: now)
        let index = slot(latest)
        if success {
            successes += 1
            buckets[index].successes += 1
        } else {
            failures += 1
            buckets[index].failures += 1
        }
    }

    /// Forgets everything.
    mutating func clear() {
        for index in buckets.indices { buckets[index] = (0, 0) }
        (successes, failures) = (0, 0)
    }

    private func slot(_ bucket: UInt64) -> Int { Int(bucket % UInt64(buckets.count)) }

    static func == (left: RollingCount, right: RollingCount) -> Bool {
        left.width == right.width && left.latest == right.latest
            && left.buckets.elementsEqual(right.buckets) { $0 == $1 }
    }
}
