/// One thread of an explored program, as the memory and the scheduler see it. Number 0 sets up the
/// program and looks at what came of it, while no other runs.
struct Agent {
    enum Status: Equatable {
        /// May be given the next turn.
        case ready
        /// Waits in a spin loop for somebody to write something.
        case spinning
        /// Sleeps on the futex with this location's number.
        case asleep(Int)
        case finished
    }

    let number: Int
    var status = Status.ready
    /// What it does when it is its turn.
    var pending: Operation?

    /// The deadline of its sleep: then its turn may come without anybody's waking it.
    var wakesAt: UInt64?
    /// What its clock says: that moves only when somebody asks it whether a deadline has passed.
    var clock: UInt64 = 1

    /// What it knows.
    var known = Knowledge()
    /// What it has read without acquiring it: known after a fence.
    var unacquired = Knowledge()
    /// What its relaxed writes hand over: what was known at its last fence.
    var released = Knowledge()

    /// The latest write of each location that was read since the last pause.
    var read = Frontier()
    /// From which write on a location may be read: a spin loop does not see the same old value for
    /// ever.
    var stale = Frontier()
    /// Pauses since somebody else wrote something, those in a row counted as one.
    var pauses = 0
    /// Whether the last thing it did was a pause.
    var isPausing = false

    init(_ number: Int) { self.number = number }

    /// Whether it may have the next turn.
    var isEnabled: Bool {
        switch status {
        case .ready: true
        case .asleep: wakesAt != nil
        case .spinning, .finished: false
        }
    }

    /// One event later.
    mutating func tick() { known.clock[number] += 1 }

    /// Goes on in a spin loop: an outdated value that was seen is not seen again.
    mutating func pause(_ latest: (Int) -> Int, locations: Int) {
        for location in 0..<locations where read[location] < latest(location) {
            stale[location] = max(stale[location], read[location] + 1)
        }
        read = Frontier()
        pauses += 1
        isPausing = true
    }
}
