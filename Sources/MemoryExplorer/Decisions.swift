/// The choices of one execution, and which of them are left to be tried: a depth-first search over
/// all executions, each of which is run again from the beginning.
///
/// Whose turn is next is pruned by sleep sets (Godefroid, "Partial-order methods for the
/// verification of concurrent systems", 1996): of two executions that differ in the order of
/// independent operations, one is run to its end.
///
/// Or, where there are more executions than time, the choices of a random walk, of which none is
/// tried again.
struct Decisions {
    private enum Decision {
        case value(chosen: Int, count: Int)
        case turn(chosen: Int, candidates: UInt64, skipped: UInt64, tried: UInt64)
    }

    private var path: [Decision] = []
    private var position = 0
    private var walk: RandomWalk?

    /// - Parameter walk: what chooses; nil for the search of all executions, which starts here.
    init(_ walk: RandomWalk? = nil) { self.walk = walk }

    /// Starts the next execution; false when all have been run.
    mutating func advance() -> Bool {
        position = 0
        while let last = path.popLast() {
            switch last {
            case .value(let chosen, let count) where chosen + 1 < count:
                path.append(.value(chosen: chosen + 1, count: count))
                return true
            case .turn(let chosen, let candidates, let skipped, let tried):
                let tried = tried | 1 << UInt64(chosen)
                let left = candidates & ~tried
                guard left != 0 else { continue }
                path.append(
                    .turn(
                        chosen: left.trailingZeroBitCount, candidates: candidates, skipped: skipped,
                        tried: tried))
                return true
            default:
                continue
            }
        }
        return false
    }

    /// One of `count` values, 0 first.
    mutating func value(count: Int) -> Int {
        if let value = walk?.value(count: count) { return value }
        defer { position += 1 }
        if position < path.count {
            guard case .value(let chosen, count) = path[position] else { differ() }
            return chosen
        }
        path.append(.value(chosen: 0, count: count))
        return 0
    }

    /// The thread whose turn is next, of those in the set `enabled` that are not in `skipped`: their
    /// turn would only repeat what was tried. Preferably `current`. With it, the set that was tried
    /// before in its place. Nil where nothing is left.
    mutating func turn(
        enabled: UInt64, skipped: UInt64, current: Int
    ) -> (thread: Int, tried: UInt64)? {
        let candidates = enabled & ~skipped
        guard candidates != 0 else { return nil }
        if let thread = walk?.turn(candidates, current: current) { return (thread, 0) }
        defer { position += 1 }
        if position < path.count {
            guard case .turn(let chosen, candidates, skipped, let tried) = path[position] else {
                differ()
            }
            return (chosen, tried)
        }
        let isCurrentOne = candidates & (1 << UInt64(current)) != 0
        let chosen = isCurrentOne ? current : candidates.trailingZeroBitCount
        path.append(.turn(chosen: chosen, candidates: candidates, skipped: skipped, tried: 0))
        return (chosen, 0)
    }

    private func differ() -> Never {
        preconditionFailure(
            "an explored program did something else when it was run again with the same choices")
    }
}
