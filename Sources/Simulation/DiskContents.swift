/// The records of a node's disk.
@usableFromInline
struct DiskContents<Record> {
    /// What survives a crash, in order.
    @usableFromInline var durable: [Record] = []
    /// What was stored since and is not durable, in order.
    @usableFromInline var pending: [Record] = []
    /// `durable` is made shorter when it has this many records.
    @usableFromInline var threshold = leastThreshold

    @usableFromInline static var leastThreshold: Int { 1_024 }

    @inlinable
    init() {}

    /// So many more records are durable.
    @inlinable
    mutating func sync(_ count: Int) {
        durable.append(contentsOf: pending[..<count])
        pending.removeFirst(count)
    }

    /// The node's life ends. So many of the records that were not durable survive, of the first ones;
    /// nil: nothing does at all.
    @inlinable
    mutating func crash(survivors: Int?) {
        if let survivors {
            durable.append(contentsOf: pending[..<survivors])
        } else {
            durable = []
        }
        pending = []
    }

    /// Replaces what is durable by something shorter that says the same, where it has doubled since.
    @inlinable
    mutating func compact(_ shorten: ([Record]) -> [Record]) {
        guard durable.count >= threshold else { return }
        durable = shorten(durable)
        threshold = max(Self.leastThreshold, durable.count * 2)
    }
}
