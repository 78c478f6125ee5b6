/// How far each of several lines of events has come: a vector clock over threads, or, over memory
/// locations, the oldest write of each that may still be read. What is not named is at 0.
struct Frontier: Equatable {
    private var positions: [Int] = []

    subscript(_ line: Int) -> Int {
        get { line < positions.count ? positions[line] : 0 }
        set {
            if line >= positions.count {
                positions += Array(repeating: 0, count: line + 1 - positions.count)
            }
            positions[line] = newValue
        }
    }

    /// Goes on to wherever `other` is further.
    mutating func join(_ other: Frontier) {
        for line in other.positions.indices where other.positions[line] > self[line] {
            self[line] = other.positions[line]
        }
    }

    /// A line on which `self` is further than `other`; nil where there is none.
    func firstBeyond(_ other: Frontier) -> Int? {
        positions.indices.first { positions[$0] > other[$0] }
    }
}

/// What a thread knows, or what a write hands over: which writes may not be overlooked any more,
/// and which events of other threads are in the past.
///
/// The two differ by the fences: in C11 a sequentially consistent fence says which writes later loads
/// may not overlook, but orders no plain accesses by itself.
struct Knowledge: Equatable {
    var view = Frontier()
    var clock = Frontier()

    mutating func join(_ other: Knowledge) {
        view.join(other.view)
        clock.join(other.clock)
    }
}
