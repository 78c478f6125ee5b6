/// Where the records of the unanswered messages end, the oldest first: a queue whose memory grows
/// to the most that were ever unanswered. O(1) an operation.
struct PendingPositions: Sendable {
    private var ends: [UInt64] = [0, 0, 0, 0]
    private var first = 0
    private(set) var count = 0

    /// Where the record of the oldest one ends.
    var oldest: UInt64? { count > 0 ? ends[first] : nil }

    mutating func append(_ end: UInt64) {
        if count == ends.count {
            ends = (0..<count).map { ends[(first + $0) % count] }
            ends += ends
            first = 0
        }
        ends[(first + count) % ends.count] = end
        count += 1
    }

    mutating func removeOldest() -> UInt64? {
        guard count > 0 else { return nil }
        let end = ends[first]
        first = (first + 1) % ends.count
        count -= 1
        return end
    }
}
