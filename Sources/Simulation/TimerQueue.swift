/// The next timer of every node: one each, which can be moved.
///
/// A heap of nodes that knows where each stands, so that a timer that is set again leaves nothing behind
/// in it, however often that happens. O(log n) to set and to clear, O(1) to look.
struct TimerQueue {
    private struct Timer {
        var time: Int64
        var sequence: UInt64
        var node: UInt32

        static func < (left: Timer, right: Timer) -> Bool {
            left.time < right.time || (left.time == right.time && left.sequence < right.sequence)
        }
    }

    private var heap: [Timer] = []
    /// Where each node stands in the heap; -1: nowhere.
    private var places: [Int32]

    init(nodes: Int) { places = Array(repeating: -1, count: nodes) }

    /// The time and the sequence of the timer that is next; the largest where there is none.
    var first: (time: Int64, sequence: UInt64) {
        heap.isEmpty ? (.max, .max) : (heap[0].time, heap[0].sequence)
    }

    /// The node whose timer is next; there must be one.
    var firstNode: Int { Int(heap[0].node) }

    /// When a node's timer comes; the largest time where it has none.
    func time(of node: Int) -> Int64 {
        let place = places[node]
        return place < 0 ? .max : heap[Int(place)].time
    }

    /// Has a node's timer come then, in place of the one it had.
    mutating func set(_ node: Int, to time: Int64, sequence: UInt64) {
        let timer = Timer(time: time, sequence: sequence, node: UInt32(node))
        let place = places[node]
        if place < 0 {
            heap.append(timer)
            rise(timer, from: heap.count - 1)
        } else {
            settle(timer, at: Int(place))
        }
    }

    /// Has a node's timer not come.
    mutating func clear(_ node: Int) {
        let place = Int(places[node])
        guard place >= 0 else { return }
        places[node] = -1
        let last = heap.removeLast()
        if place < heap.count { settle(last, at: place) }
    }

    /// Puts a timer where another was.
    private mutating func settle(_ timer: Timer, at place: Int) {
        if place > 0, timer < heap[(place - 1) >> 2] {
            rise(timer, from: place)
        } else {
            sink(timer, from: place)
        }
    }

    private mutating func rise(_ timer: Timer, from place: Int) {
        var hole = place
        while hole > 0 {
            let parent = (hole - 1) >> 2
            guard timer < heap[parent] else { break }
            put(heap[parent], at: hole)
            hole = parent
        }
        put(timer, at: hole)
    }

    private mutating func sink(_ timer: Timer, from place: Int) {
        let count = heap.count
        var hole = place
        while true {
            let child = hole << 2 + 1
            guard child < count else { break }
            var least = child
            for other in child + 1..<Swift.max(child + 1, Swift.min(child + 4, count))
            where heap[other] < heap[least] {
                least = other
            }
            guard heap[least] < timer else { break }
            put(heap[least], at: hole)
            hole = least
        }
        put(timer, at: hole)
    }

    private mutating func put(_ timer: Timer, at place: Int) {
        heap[place] = timer
        places[Int(timer.node)] = Int32(place)
    }
}
