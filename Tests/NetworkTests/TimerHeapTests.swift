import Randomness
import StateMachines
import TestSupport
import Testing

@testable import Network

@Suite struct TimerHeapTests {
    @Test("timers come in the order of their moments, and those that were taken back do not")
    func model() {
        var random = Xoshiro256StarStar(seed: testSeed)
        var heap = TimerHeap()
        var model: [(id: TimerID, moment: Int64)] = []
        var now: Int64 = 0
        for step in 0..<20_000 {
            switch random.next(below: 4) {
            case 0, 1:
                let moment = now + Int64(random.next(below: 100))
                let id = heap.insert(.handler(UInt64(step)), at: Moment(nanoseconds: moment))
                #expect(!model.contains { $0.id == id }, "\(replay)")
                model.append((id, moment))
            case 2:
                guard !model.isEmpty else { continue }
                let place = Int(random.next(below: UInt64(model.count)))
                let taken = model.remove(at: place)
                let removed = [heap.remove(taken.id), heap.remove(taken.id)]
                #expect(removed == [true, false], "\(replay)")
            default:
                now += Int64(random.next(below: 20))
                while let due = heap.takeDue(at: Moment(nanoseconds: now)) {
                    let first = model.map(\.moment).min()
                    let place = model.firstIndex { $0.id == due.id }
                    guard let place else {
                        Issue.record("a timer that is not set, \(replay)")
                        return
                    }
                    #expect(model.remove(at: place).moment == first, "\(replay)")
                }
                #expect(model.allSatisfy { $0.moment > now }, "\(replay)")
            }
            #expect(heap.count == model.count, "\(replay)")
            #expect(heap.first?.nanoseconds == model.map(\.moment).min(), "\(replay)")
        }
    }
}
