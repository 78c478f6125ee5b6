import StateMachines

/// How far a log is on the disk, while records are on their way there.
///
/// What is taken back before it is durable must not count when its record is: a place is then
/// durable by the record that wrote it last.
struct DurableTail: Sendable {
    private struct Mark {
        let position: RecordPosition
        var last: UInt64
    }

    /// The last place up to which the log is durable as it stands.
    private(set) var last: UInt64 = 0
    private var marks = FIFO<Mark>()

    init(last: UInt64 = 0) { self.last = last }

    /// The record at this position holds entries, or a snapshot, up to a place.
    mutating func wrote(through index: UInt64, at position: RecordPosition) {
        marks.append(Mark(position: position, last: index))
    }

    /// The places after this one have other entries from now on.
    mutating func truncated(after index: UInt64) {
        last = min(last, index)
        marks.update { $0.last = min($0.last, index) }
    }

    /// Records up to a position are durable.
    mutating func stored(through position: RecordPosition) {
        while let mark = marks.first, mark.position <= position {
            last = max(last, mark.last)
            _ = marks.removeFirst()
        }
    }
}
