/// What a thread is about to do to shared memory.
struct Operation: Equatable {
    enum Kind: Equatable {
        case load(isAcquiring: Bool)
        case store(UInt64, isReleasing: Bool)
        /// Reads the last write and replaces it.
        case update(Update, isAcquiring: Bool, isReleasing: Bool)
        /// Replaces the last write if it is `expected`, otherwise only loads.
        case compareExchange(
            expected: UInt64, desired: UInt64, isAcquiring: Bool, isReleasing: Bool)
        case fence
        case fenceEverywhere
        /// Until the deadline, where there is one.
        case sleep(while: UInt64, until: UInt64?)
        /// The end of a sleep that nobody ended before its deadline.
        case timeOut
        case wake(count: Int)
    }

    enum Update: Equatable {
        case exchange(UInt64)
        case add(UInt64)
        case setBits(UInt64)
    }

    let kind: Kind
    /// Number of the location; nil for fences.
    let location: Int?

    /// Whether the order of the two matters to anybody: if not, only one order is explored.
    func depends(on other: Operation) -> Bool {
        if kind == .fenceEverywhere || other.kind == .fenceEverywhere { return true }
        if kind == .fence || other.kind == .fence { return kind == other.kind }
        return location == other.location && !(isLoad && other.isLoad)
    }

    private var isLoad: Bool {
        if case .load = kind { true } else { false }
    }
}

extension Operation: CustomStringConvertible {
    /// In the words of the traces.
    var description: String {
        let place = location.map { "\($0)" } ?? "memory"
        func ordering(_ isAcquiring: Bool, _ isReleasing: Bool) -> String {
            switch (isAcquiring, isReleasing) {
            case (true, true): "acquiring and releasing"
            case (true, false): "acquiring"
            case (false, true): "releasing"
            case (false, false): "relaxed"
            }
        }
        switch kind {
        case .load(let isAcquiring):
            return "load, \(ordering(isAcquiring, false)), of \(place)"
        case .store(let value, let isReleasing):
            return "store \(value), \(ordering(false, isReleasing)), to \(place)"
        case .update(.exchange(let value), let isAcquiring, let isReleasing):
            return "exchange for \(value), \(ordering(isAcquiring, isReleasing)), of \(place)"
        case .update(.add(let amount), let isAcquiring, let isReleasing):
            return
                "add \(Int64(bitPattern: amount)), \(ordering(isAcquiring, isReleasing)), to \(place)"
        case .update(.setBits(let bits), let isAcquiring, let isReleasing):
            return "set bits \(bits), \(ordering(isAcquiring, isReleasing)), of \(place)"
        case .compareExchange(let expected, let desired, let isAcquiring, let isReleasing):
            return "compare with \(expected) and exchange for \(desired), "
                + "\(ordering(isAcquiring, isReleasing)), of \(place)"
        case .fence:
            return "fence"
        case .fenceEverywhere:
            return "fence everywhere"
        case .sleep(let value, let deadline):
            return "sleep while \(place) is \(value)" + (deadline == nil ? "" : ", not for ever")
        case .timeOut:
            return "wake up by time at \(place)"
        case .wake(let count):
            return "wake \(count) at \(place)"
        }
    }

    /// Whether what it read is worth telling.
    var tellsResult: Bool {
        switch kind {
        case .load, .update, .compareExchange: true
        case .store, .fence, .fenceEverywhere, .sleep, .timeOut, .wake: false
        }
    }
}
