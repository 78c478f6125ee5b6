import MemoryExplorer
import TestSupport

@testable import Channels

/// Senders that each send a number and another, and receivers that look so often: what was sent is
/// received once, or is there at the end, each sender's in its order.
func trySegments<Atomics: AtomicsProvider>(
    _: Atomics.Type, capacity: Int, senders: Int, each: Int, receivers: Int, looks: Int,
    keepsSegments: Bool = false, by search: Exploration.Search
) -> Exploration {
    Exploration.run(search) { program in
        let channel = SegmentedMPMC<Int, BusySpin, Atomics>(
            segmentCapacity: capacity, keepsSegments: keepsSegments)
        let ends = Handoff(channel.consumer)
        let original = ends.take()
        let notes = Notes()
        var handles: [any Droppable] = []
        for number in 0..<senders {
            let producer = Handoff(channel.producer.clone())
            handles.append(producer)
            program.thread {
                let end = producer.take()
                for index in 0..<each {
                    let isSent = end.trySend(10 * number + index).isSent
                    Exploration.expectation(isSent, "refused")
                }
                producer.put(end)
            }
        }
        for _ in 0..<receivers {
            let consumer = Handoff(original.clone())
            handles.append(consumer)
            program.thread {
                let end = consumer.take()
                var last: [Int: Int] = [:]
                for _ in 0..<looks {
                    if let value = end.tryReceive() { note(value, in: notes, &last) }
                }
                consumer.put(end)
            }
        }
        ends.put(original)
        program.end { [handles] in
            for handle in handles { handle.drop() }
            let end = ends.take()
            var last: [Int: Int] = [:]
            while let value = end.tryReceive() { note(value, in: notes, &last) }
            for number in 0..<senders {
                for index in 0..<each {
                    let count = notes.counted(10 * number + index)
                    Exploration.expectation(count == 1, "\(number), \(index): \(count) times")
                }
            }
            let left = end.statistics
            // One for each end, one that is prepared, and two that are kept.
            Exploration.expectation(left.segments <= (keepsSegments ? 5 : 2), "\(left)")
            Exploration.expectation(
                left.sent == senders * each && left.received == left.sent, "\(left)")
        }
    }
}

/// Handles are let go by the end of a program: whoever lets go of them later does it in the next one.
protocol Droppable: Sendable {
    func drop()
}

extension Handoff: Droppable where Value: ~Copyable {}

/// Notes a value, which has to come after all that the same thread has had of the same sender.
func note(_ value: Int, in notes: Notes, _ last: inout [Int: Int]) {
    notes.count(value)
    let before = last.updateValue(value, forKey: value / 10) ?? -1
    Exploration.expectation(before < value, "\(value) behind \(before)")
}
