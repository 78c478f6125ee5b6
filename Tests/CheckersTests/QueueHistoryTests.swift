import Checkers
import Testing

/// Histories of queues: those of Herlihy and Wing, figure 1, and of logs.
@Suite struct QueueHistoryTests {
    private func isLinearizable(_ write: (inout Scribe<FIFOQueue>) -> Void) throws -> Bool {
        var scribe = Scribe(FIFOQueue())
        write(&scribe)
        return try scribe.verdict(FIFOQueue()).isLinearizable
    }

    @Test func `elements put in at once may come out in either order`() throws {
        #expect(
            try isLinearizable { queue in
                queue.did(0, .enqueue(1), 0...3, .enqueued)
                queue.did(1, .enqueue(2), 1...4, .enqueued)
                queue.did(1, .dequeue, 5...7, .dequeued(1))
                queue.did(0, .dequeue, 6...8, .dequeued(2))
                queue.did(0, .enqueue(3), 9...10, .enqueued)
            })
    }

    @Test func `elements put in one after the other come out so`() throws {
        #expect(
            try !isLinearizable { queue in
                queue.did(0, .enqueue(1), 0...1, .enqueued)
                queue.did(1, .enqueue(2), 2...4, .enqueued)
                queue.did(0, .dequeue, 5...6, .dequeued(2))
            })
    }

    @Test func `an element may come out before it is known to be in`() throws {
        #expect(
            try isLinearizable { queue in
                queue.asked(0, .enqueue(1), 0)
                queue.did(1, .dequeue, 1...2, .dequeued(1))
            })
    }

    @Test func `an element comes out once`() throws {
        #expect(
            try !isLinearizable { queue in
                queue.did(0, .enqueue(1), 0...4, .enqueued)
                queue.did(1, .enqueue(2), 1...3, .enqueued)
                queue.did(0, .dequeue, 5...8, .dequeued(2))
                queue.did(1, .dequeue, 6...7, .dequeued(2))
            })
    }

    @Test func `an unheard removal may explain what is missing`() throws {
        #expect(
            try isLinearizable { queue in
                queue.did(0, .enqueue(1), 0...1, .enqueued)
                queue.did(0, .enqueue(2), 2...3, .enqueued)
                queue.asked(1, .dequeue, 4)
                queue.did(0, .dequeue, 5...6, .dequeued(2))
                queue.did(0, .dequeue, 7...8, .dequeued(nil))
            })
    }

    @Test func `a log gives each entry its own offset, and keeps it there`() throws {
        var log = Scribe(AppendLog())
        log.did(0, .append([1]), 0...4, .appended(at: 1))
        log.did(1, .append([2]), 1...3, .appended(at: 0))
        log.asked(2, .append([3]), 2)
        log.did(0, .read(at: 0), 5...6, .entry([2]))
        log.did(0, .read(at: 2), 5...7, .entry(nil))
        var grown = log
        grown.did(0, .length, 8...9, .length(3))
        #expect(try grown.verdict(AppendLog()).isLinearizable)
        log.did(1, .append([4]), 8...9, .appended(at: 1))
        #expect(try log.verdict(AppendLog()).violation?.core == [0, 5])
    }
}
