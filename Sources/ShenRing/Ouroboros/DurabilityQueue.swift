import StateMachines

/// Which entry is durable once which record is: a queue in one array.
struct DurabilityQueue: Sendable {
    private struct Mark {
        let position: RecordPosition
        var index: UInt64
        let storedAt: Moment
    }

    private var marks: [Mark] = []
    private var first = 0

    /// When the oldest record was stored that is not durable yet.
    var oldest: Moment? { first < marks.count ? marks[first].storedAt : nil }

    /// The log through `index` is durable when the record at `position` is.
    mutating func append(_ position: RecordPosition, _ index: UInt64, at now: Moment) {
        marks.append(Mark(position: position, index: index, storedAt: now))
    }

    /// Takes out what is durable, and says through which entry the log is; nil where that is not new.
    mutating func advance(through position: RecordPosition) -> UInt64? {
        var index: UInt64?
        while first < marks.count, marks[first].position <= position {
            index = marks[first].index
            first += 1
        }
        if first > marks.count / 2 {
            marks.removeFirst(first)
            first = 0
        }
        return index
    }

    /// The log now ends at `index`: later entries that were marked are gone.
    mutating func clamp(to index: UInt64) {
        for place in first..<marks.count { marks[place].index = min(marks[place].index, index) }
    }
}
