import Foundation
import Glibc
import Hardware
import Measurement
import Quantities
import Randomness
import Synchronization

/// What callers do to a store: which keys in which order, what values.
struct StoreTraffic: Sendable {
    /// Bytes of a key.
    static let keySize = 16

    let keys: KeyDistribution
    let value: [UInt8]
    let isWriting: Bool
    let seed: Seed

    /// The key with a number: the same length for all, and no two alike.
    static func key(_ number: UInt64) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: keySize)
        for index in 0..<8 {
            // The highest byte first, so that keys are in the order of their numbers.
            bytes[index + 8] = UInt8(truncatingIfNeeded: number >> UInt64(8 * (7 - index)))
        }
        return bytes
    }
}

/// Turns of several threads that use one store at once, in a closed loop each.
///
/// Who is free takes the next operation, so that all callers are there until the last is taken. Each
/// draws keys from a generator of its own, which goes on from turn to turn.
final class StoreCallers: TimedTurns {
    private let store: any StoreContender
    private let traffic: StoreTraffic
    private let processingUnits: CPUSet
    private let most: Int
    private let callers: [Caller]

    /// Callers of `store` that may run on any of `processingUnits` and make `most` operations in a
    /// turn at most, all together.
    init(
        _ store: any StoreContender, callers: Int, _ traffic: StoreTraffic,
        on processingUnits: CPUSet, most: Int = .max
    ) {
        self.store = store
        self.traffic = traffic
        self.processingUnits = processingUnits
        self.most = most
        self.callers = (0..<callers).map { Caller($0, traffic) }
    }

    /// One caller's keys. Used by one thread at a time.
    private final class Caller: @unchecked Sendable {
        // Sendable: a turn's threads are over before the next turn begins.
        let number: Int
        private var keys: KeyDistribution
        private var generator: Xoshiro256StarStar

        init(_ number: Int, _ traffic: StoreTraffic) {
            self.number = number
            keys = traffic.keys
            generator = traffic.seed.derived(for: number).generator()
        }

        func nextKey() -> [UInt8] { StoreTraffic.key(keys.next(using: &generator)) }

        /// Takes and makes operations until there are none left.
        func run(_ gate: CallerGate, _ store: any StoreContender, _ traffic: StoreTraffic) throws {
            while gate.takesOperation() {
                let key = nextKey()
                if traffic.isWriting {
                    try store.put(key.span, traffic.value.span, thread: number)
                } else if try store.get(key.span, thread: number) != traffic.value.count {
                    throw StoreUnavailable.failed("a value that was put is not there")
                }
            }
        }
    }

    /// How many the callers make all together, at least one each.
    func performed(of operations: Int) -> Int { max(callers.count, min(operations, most)) }

    /// Lets the callers make `operations` operations together; gives the mean time of one. Alone, a
    /// caller is the measuring thread itself.
    func turn(operations: Int, clock: TickClock) throws -> [Double] {
        let total = performed(of: operations)
        let gate = CallerGate(operations: total)
        if callers.count == 1 {
            let start = clock.begin()
            try callers[0].run(gate, store, traffic)
            return [clock.nanoseconds(from: start, to: clock.end()) / Double(total)]
        }
        let finished = DispatchGroup()
        for caller in callers {
            finished.enter()
            let thread = Thread { [store, traffic, processingUnits] in
                defer { finished.leave() }
                do {
                    defer { gate.pass() }
                    // It would inherit the binding of the measuring thread.
                    try ThreadBinding.bindCurrentThread(to: processingUnits)
                } catch {
                    return gate.fail(error)
                }
                do { try caller.run(gate, store, traffic) } catch { gate.fail(error) }
            }
            thread.start()
        }
        gate.awaitArrivals(callers.count)
        let start = clock.begin()
        gate.open()
        finished.wait()
        let elapsed = clock.nanoseconds(from: start, to: clock.end())
        if let failure = gate.failure { throw failure }
        return [elapsed / Double(total)]
    }
}

/// Where the callers of a turn wait for each other, and where the first failure is kept.
private final class CallerGate: Sendable {
    private struct State {
        var arrived = 0
        var failure: (any Error)?
    }

    private let state = Mutex(State())
    private let semaphore = DispatchSemaphore(value: 0)
    /// How many operations nobody has taken yet; below 0 once callers have found that out. Nothing
    /// but the number is shared by it.
    private let left: Atomic<Int>

    init(operations: Int) { left = Atomic(operations) }

    /// Takes an operation for the calling thread; `false` when all are taken.
    func takesOperation() -> Bool { left.wrappingSubtract(1, ordering: .relaxed).newValue >= 0 }

    var failure: (any Error)? { state.withLock { $0.failure } }

    func pass() {
        state.withLock { $0.arrived += 1 }
        semaphore.wait()
        // The next caller waits behind this one.
        semaphore.signal()
    }

    func awaitArrivals(_ count: Int) {
        while state.withLock({ $0.arrived }) < count { sched_yield() }
    }

    func open() { semaphore.signal() }

    func fail(_ error: any Error) {
        state.withLock { if $0.failure == nil { $0.failure = error } }
    }
}
