import StateMachines

/// A timer of an event loop, by its place and the place's use.
public struct TimerID: Hashable, Sendable {
    let slot: UInt32
    let generation: UInt32
}

/// Timers in a binary heap that knows where each stands, so that one can be moved and taken out:
/// every operation but looking at the first takes time logarithmic in their number.
///
/// Source: Williams, "Algorithm 232: Heapsort" (1964), with an index from timers to places.
struct TimerHeap {
    /// Whose timer it is.
    enum Owner: Hashable {
        /// The handler's, with the number that it wants to hear.
        case handler(UInt64)
        /// A connection's.
        case connection(Int)
        /// A listener's that waits to accept again.
        case listener(Int)
    }

    private struct Timer {
        var moment: Moment
        var owner: Owner
        var place: Int
        var generation: UInt32
    }

    private var timers: [Timer] = []
    private var free: [Int] = []
    /// Timers in heap order.
    private var heap: [Int] = []

    /// How many timers are set.
    var count: Int { heap.count }

    /// When the first is due.
    var first: Moment? { heap.first.map { timers[$0].moment } }

    /// Sets a timer.
    mutating func insert(_ owner: Owner, at moment: Moment) -> TimerID {
        let slot: Int
        if let reused = free.popLast() {
            slot = reused
            timers[slot].moment = moment
            timers[slot].owner = owner
        } else {
            slot = timers.count
            timers.append(Timer(moment: moment, owner: owner, place: 0, generation: 0))
        }
        timers[slot].place = heap.count
        heap.append(slot)
        rise(heap.count - 1)
        return TimerID(slot: UInt32(slot), generation: timers[slot].generation)
    }

    /// Takes a timer out; false when it is not set any more.
    @discardableResult
    mutating func remove(_ timer: TimerID) -> Bool {
        guard isSet(timer) else { return false }
        takeOut(timers[Int(timer.slot)].place)
        return true
    }

    /// Takes the first timer out if it is due at `now`.
    mutating func takeDue(at now: Moment) -> (id: TimerID, owner: Owner)? {
        guard let slot = heap.first, timers[slot].moment <= now else { return nil }
        let id = TimerID(slot: UInt32(slot), generation: timers[slot].generation)
        takeOut(0)
        return (id, timers[slot].owner)
    }

    private func isSet(_ timer: TimerID) -> Bool {
        let slot = Int(timer.slot)
        return slot < timers.count && timers[slot].generation == timer.generation
            && timers[slot].place >= 0
    }

    private mutating func takeOut(_ place: Int) {
        let slot = heap[place]
        let last = heap.removeLast()
        if place < heap.count {
            heap[place] = last
            timers[last].place = place
            sink(place)
            rise(timers[last].place)
        }
        timers[slot].place = -1
        timers[slot].generation &+= 1
        free.append(slot)
    }

    private mutating func rise(_ start: Int) {
        var place = start
        while place > 0 {
            let parent = (place - 1) / 2
            guard timers[heap[place]].moment < timers[heap[parent]].moment else { return }
            exchange(place, parent)
            place = parent
        }
    }

    private mutating func sink(_ start: Int) {
        var place = start
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2]
            where child < heap.count && timers[heap[child]].moment < timers[heap[least]].moment {
                least = child
            }
            guard least != place else { return }
            exchange(place, least)
            place = least
        }
    }

    private mutating func exchange(_ one: Int, _ other: Int) {
        heap.swapAt(one, other)
        timers[heap[one]].place = one
        timers[heap[other]].place = other
    }
}
