import Randomness
import TestSupport
import Testing

@testable import Simulation

@Suite struct QueueTests {
    @Test func `events come by time, and those of one time in the order in which they were made`() {
        var generator = testSeed.derived(for: "events").generator()
        for _ in 0..<testRounds(50) {
            var queue = EventQueue()
            var model: [(time: Int64, sequence: UInt64)] = []
            var sequence: UInt64 = 0
            for _ in 0..<300 {
                if model.isEmpty || generator.next(below: 5) < 3 {
                    sequence += 1
                    let time = Int64(generator.next(below: 40))
                    queue.insert(
                        Event(.arrival, at: time, sequence: sequence, node: 3, slot: 4))
                    model.append((time, sequence))
                    model.sort { $0 < $1 }
                } else {
                    #expect(queue.first?.time == model[0].time, "\(replay)")
                    #expect(queue.first?.sequence == model[0].sequence, "\(replay)")
                    queue.removeFirst()
                    model.removeFirst()
                }
                #expect(queue.count == model.count)
            }
        }
    }

    @Test func `an event keeps its kind beside its number`() {
        for kind in [Event.Kind.arrival, .served, .synced, .fault, .alarm] {
            let event = Event(kind, at: -1, sequence: 1 << 60, node: 7, slot: .max)
            #expect(event.kind == kind)
            #expect(event.sequence == 1 << 60)
        }
    }

    @Test func `each node has one timer, which can be moved and cleared`() {
        var generator = testSeed.derived(for: "timers").generator()
        for _ in 0..<testRounds(50) {
            var queue = TimerQueue(nodes: 20)
            var model: [Int: (time: Int64, sequence: UInt64)] = [:]
            for sequence in UInt64(1)...300 {
                let node = Int(generator.next(below: 20))
                if generator.next(below: 3) == 0 {
                    queue.clear(node)
                    model[node] = nil
                } else {
                    let time = Int64(generator.next(below: 50))
                    queue.set(node, to: time, sequence: sequence)
                    model[node] = (time, sequence)
                }
                let first = model.min { $0.value < $1.value }
                #expect(queue.first.time == first?.value.time ?? .max, "\(replay)")
                if let first { #expect(queue.firstNode == first.key, "\(replay)") }
                for node in 0..<20 {
                    #expect(queue.time(of: node) == model[node]?.time ?? .max, "\(replay)")
                }
            }
        }
    }

    @Test func `a queue gives back what was put in, in order, and stays as long as what waits`() {
        var generator = testSeed.derived(for: "queue").generator()
        var queue = Queue<Int>()
        var model: [Int] = []
        for number in 0..<20_000 {
            switch generator.next(below: 7) {
            case 0:
                queue.prepend(number)
                model.insert(number, at: 0)
            case 1, 2, 3:
                queue.append(number)
                model.append(number)
            default:
                if !model.isEmpty { #expect(queue.removeFirst() == model.removeFirst()) }
            }
            #expect(queue.isEmpty == model.isEmpty && queue.count == model.count)
            #expect(queue.elements.count <= queue.count + max(64, queue.count), "\(replay)")
        }
        #expect(Array(queue.removeAll()) == model)
        #expect(queue.isEmpty)
    }

    @Test func `slots are used again`() {
        var slab = Slab<[Int]>()
        var slots = Slots<Int>()
        for turn in 0..<1_000 {
            let one = slab.insert([turn])
            let two = slab.insert([turn, turn])
            #expect(slab.remove(one) == [turn] && slab.remove(two) == [turn, turn])
            let slot = slots.insert(turn)
            #expect(slots[slot] == turn && slots.remove(slot) == turn && slots.count == 0)
        }
        #expect(slab.elements.count == 2)
    }
}
