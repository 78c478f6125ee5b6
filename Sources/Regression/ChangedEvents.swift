/// The events that an operation meets more or less often than before.
enum ChangedEvents {
    /// What is known of an event's name: which part of the time it lengthens, and what it is.
    private static let meanings: [(name: String, meaning: String)] = [
        ("storage.commit.syncs", "syncs: each waits for the device"),
        ("storage.append.syncs", "syncs: each waits for the device"),
        ("context-switches", "context switches: the thread waited or was made to"),
        ("major-faults", "page faults that needed I/O"),
        ("send-parks", "sleeps of a channel's producer"),
        ("receive-parks", "sleeps of a channel's consumer"),
        ("send-waits", "waits for room in a channel"),
        ("receive-waits", "waits for a message of a channel"),
        ("cpu-migrations", "moves to another processor, with cold caches"),
        ("page-faults", "page faults"), ("minor-faults", "page faults served without I/O"),
        ("PAPI_L3_TCM", "misses of the last cache: each waits for memory"),
        ("PAPI_L2_DCM", "misses of the second cache"),
        ("PAPI_L1_DCM", "misses of the first cache"),
        ("PAPI_TLB_DM", "misses of the data TLB: each walks the page table"),
        ("PAPI_BR_MSP", "mispredicted branches"), ("PAPI_RES_STL", "stalled cycles"),
        ("PAPI_BR_INS", "branches"),
    ]

    /// A change that is no more than this share of the larger count is none, nor one that fewer
    /// than one operation in a thousand meets.
    private static let least = (share: 0.02, perOperation: 0.001)

    /// The events that changed; those of `meanings` in its order, then others by name.
    static func of(_ base: CountedCosts, _ new: CountedCosts) -> [Explanation.Event] {
        let parts: Set = ["PAPI_TOT_INS", "PAPI_TOT_CYC", "task-clock", "cpu-clock"]
        let names = Set(base.events.keys).intersection(new.events.keys).subtracting(parts)
        let changed = names.sorted().compactMap { name -> Explanation.Event? in
            guard let old = base.events[name], let fresh = new.events[name] else { return nil }
            let moved = abs(fresh - old)
            guard moved >= least.perOperation, moved > least.share * max(old, fresh) else {
                return nil
            }
            return Explanation.Event(
                name: name, base: old, new: fresh,
                meaning: meanings.first { name.hasSuffix($0.name) }?.meaning ?? name)
        }
        return changed.enumerated().sorted { left, right in
            let ranks = (rank(left.element.name), rank(right.element.name))
            return ranks.0 == ranks.1 ? left.offset < right.offset : ranks.0 < ranks.1
        }.map(\.element)
    }

    private static func rank(_ name: String) -> Int {
        meanings.firstIndex { name.hasSuffix($0.name) } ?? meanings.count
    }
}
