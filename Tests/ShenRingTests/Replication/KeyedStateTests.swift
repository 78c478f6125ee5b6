import Randomness
import StateMachines
import TestSupport
import Testing

@testable import ShenRing

@Suite struct KeyedStateTests {
    private func request(
        _ number: UInt64, client: UInt32 = 1, oldest: UInt64 = 1, key: UInt64 = 1,
        _ operation: KeyedOperation
    ) -> ClientRequest {
        ClientRequest(
            id: RequestID(client: NodeID(client), number: number), oldest: oldest, key: key,
            operation: operation)
    }

    /// A state after so many random requests of four clients, each retried now and then.
    private func randomState(
        _ count: UInt64, _ generator: inout Xoshiro256StarStar
    ) -> KeyedState {
        var state = KeyedState()
        var numbers = [UInt64](repeating: 0, count: 4)
        for index in 1...count {
            let client = Int(generator.next(below: 4))
            let isRetry = numbers[client] > 0 && generator.next(below: 4) == 0
            if !isRetry { numbers[client] += 1 }
            let number = numbers[client]
            let oldest = max(1, Int64(number) - Int64(generator.next(below: 5)))
            let value = [UInt8(truncatingIfNeeded: generator.next())]
            let operation: KeyedOperation =
                switch generator.next(below: 3) {
                case 0: .write(value)
                case 1: .compareAndSet(expected: state.value(of: 1)?.value, value: value)
                default: .read
                }
            state.apply(
                request(
                    number, client: UInt32(client), oldest: UInt64(oldest),
                    key: generator.next(below: 6), operation), at: index)
        }
        return state
    }

    @Test func `a request that comes again changes nothing, and has the outcome that it had`() {
        var state = KeyedState()
        #expect(state.apply(request(1, .write([1])), at: 1) == .written(at: 1))
        #expect(state.apply(request(2, .write([2])), at: 2) == .written(at: 2))
        #expect(state.apply(request(1, .write([1])), at: 3) == .written(at: 1))
        #expect(state.value(of: 1)?.value == [2] && state.value(of: 1)?.index == 2)
        #expect(
            state.apply(request(3, .compareAndSet(expected: [1], value: [3])), at: 4)
                == .mismatch([2]))
        #expect(
            state.apply(request(4, .compareAndSet(expected: [2], value: [3])), at: 5)
                == .written(at: 5))
        #expect(
            state.apply(request(3, .compareAndSet(expected: [1], value: [3])), at: 6)
                == .mismatch([2]))
        #expect(state.apply(request(5, .read), at: 7) == .value([3]) && state.applied == 7)
    }

    @Test func `what a client waits for no more is forgotten, and not done again`() {
        var state = KeyedState()
        state.apply(request(1, .write([1])), at: 1)
        state.apply(request(3, oldest: 3, .write([3])), at: 2)
        #expect(state.outcome(of: request(1, .read).id) == .forgotten)
        #expect(state.outcome(of: request(3, .read).id) == .written(at: 2))
        #expect(state.outcome(of: request(4, .read).id) == nil)
        #expect(state.apply(request(2, .write([2])), at: 3) == .forgotten)
        #expect(state.value(of: 1)?.value == [3])
    }

    @Test func `requests come in any order within the window, and none beyond it`() {
        var state = KeyedState()
        for (index, number) in [5, 2, 4, 1, 3].enumerated() {
            state.apply(request(UInt64(number), .write([UInt8(number)])), at: UInt64(index) + 1)
        }
        for number in 1...5 as ClosedRange<UInt64> {
            #expect(state.outcome(of: request(number, .read).id) != nil)
        }
        #expect(state.admits(request(4_096, .read)) && !state.admits(request(4_097, .read)))
        #expect(!state.admits(request(0, .read)) && !state.admits(request(3, oldest: 0, .read)))
        #expect(!state.admits(request(3, oldest: 4, .read)))
    }

    @Test func `the image of a state is that state, byte for byte`() throws {
        var generator = testSeed.derived(for: "images").generator()
        for _ in 0..<50 {
            let state = randomState(1 + generator.next(below: 60), &generator)
            let again = try KeyedState(image: state.image)
            #expect(again == state && again.image == state.image, "\(replay)")
        }
    }

    @Test func `bytes that are no image are refused, wherever they are cut or spoiled`() throws {
        var generator = testSeed.derived(for: "spoiled").generator()
        let image = randomState(30, &generator).image
        for end in 0..<image.count {
            #expect(throws: ImageError.self, "\(replay)") {
                _ = try KeyedState(image: Array(image[..<end]))
            }
        }
        #expect(throws: ImageError.trailing(1)) { _ = try KeyedState(image: image + [0]) }
        var newer = image
        newer[0] = 2
        #expect(throws: ImageError.version(2)) { _ = try KeyedState(image: newer) }
        // Spoiled bytes may give another state, and never more than was there.
        for _ in 0..<3_000 {
            var spoiled = image
            spoiled[Int(generator.next(below: UInt64(image.count)))] =
                UInt8(truncatingIfNeeded: generator.next())
            if let state = try? KeyedState(image: spoiled) {
                #expect(state.image.count <= image.count, "\(replay)")
            }
        }
    }
}
