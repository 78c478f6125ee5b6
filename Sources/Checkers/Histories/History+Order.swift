extension History {
    /// The places of the operations on each key, keys in rising order. O(n log n).
    var placesByKey: [(key: UInt64, places: [Int])] {
        let sorted = keys.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
        var groups: [(key: UInt64, places: [Int])] = []
        for place in sorted {
            if groups.last?.key == keys[place] {
                groups[groups.count - 1].places.append(place)
            } else {
                groups.append((keys[place], [place]))
            }
        }
        return groups
    }

    /// One order of all operations, from one for each object.
    ///
    /// Each operation takes effect as early as it can: when it is invoked, or with the one before it on
    /// its object, whichever is later. That is before its answer, as no later one in the order was
    /// answered before an earlier one was invoked. O(n log n).
    func merged(_ orders: [[Int]]) -> [LinearizationPoint] {
        var points: [(call: Int, object: Int, rank: Int, point: LinearizationPoint)] = []
        for (object, order) in orders.enumerated() {
            guard var latest = order.first else { continue }
            for (rank, place) in order.enumerated() {
                if calls[place] > calls[latest] { latest = place }
                let point = LinearizationPoint(place: place, moment: operations[latest].invoked)
                points.append((calls[latest], object, rank, point))
            }
        }
        points.sort { ($0.call, $0.object, $0.rank) < ($1.call, $1.object, $1.rank) }
        return points.map(\.point)
    }

    /// Whether the model allows all answered operations, and those unanswered ones that are named, in
    /// this order, and the order keeps to real time. O(n), without a search: what a checker says can be
    /// checked.
    public func isExplained(
        by order: [LinearizationPoint], model: Model
    ) -> Bool {
        var states: [UInt64: Model.State] = [:]
        var named = Array(repeating: false, count: count)
        var latestCall = -1
        for place in order.map(\.place) {
            guard operations.indices.contains(place), !named[place], ends[place] > latestCall else {
                return false
            }
            named[place] = true
            latestCall = max(latestCall, calls[place])
            let operation = operations[place]
            guard
                let next = model.state(
                    after: operation.operation, answered: operation.answer,
                    from: states[operation.key] ?? model.initial)
            else { return false }
            states[operation.key] = .some(next)
        }
        return operations.indices.allSatisfy { named[$0] || operations[$0].heard == nil }
    }
}
