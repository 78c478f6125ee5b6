/// Where the writes of a client stand in the log of a store, as it was told.
///
/// What a replicated log promises of them, without a look at what they wrote: a write that is asked for
/// after another was answered stands behind it, and no two stand at one place. A store that
/// acknowledges what it has not put into its log, or loses what it has and goes on, breaks one or the
/// other. O(1) a write, eight bytes each.
struct WrittenPlaces: Sendable {
    /// A write that stands before one that was answered when it was asked for.
    struct Reversal: Hashable, Sendable {
        let place: UInt64
        let earlier: UInt64
    }

    /// The places, in the order in which they were told.
    private(set) var places: [UInt64] = []
    /// The highest; 0 before the first.
    private(set) var highest: UInt64 = 0
    /// The first that stands where it cannot.
    private(set) var reversal: Reversal?

    /// Notes the place of a write that was asked for when all up to `floor` was answered.
    mutating func note(_ place: UInt64, above floor: UInt64) {
        if place <= floor, reversal == nil { reversal = Reversal(place: place, earlier: floor) }
        places.append(place)
        highest = max(highest, place)
    }

    /// Checks those of all clients of a store: each by itself for order, and all for places that two
    /// writes have. O(n log n).
    ///
    /// - Returns: how many writes were checked.
    /// - Throws: `StoreFailure.misplaced` with the first that stand where they cannot.
    static func check(_ clients: [WrittenPlaces]) throws(StoreFailure) -> Int {
        for reversal in clients.compactMap(\.reversal).prefix(1) {
            throw .misplaced(
                "a write at place \(reversal.place) was asked for after one at "
                    + "\(reversal.earlier) was answered")
        }
        let places = clients.flatMap(\.places).sorted()
        for (place, next) in zip(places, places.dropFirst()) where place == next {
            throw .misplaced("two writes stand at place \(place)")
        }
        return places.count
    }
}
