import Foundation
import Hardware
import Measurement
import Synchronization

/// Turns in which several threads take values of one sequencer, or make IDs, as fast as they get
/// them: who is free takes the next share.
///
/// One caller is the measuring thread itself. Otherwise the threads are started and bound before the
/// clock is read, and wait at a gate, so that only their work is timed.
final class CallerTurns: TimedTurns {
    /// Takes so many values, as this caller.
    typealias Work = (_ caller: Int, _ count: Int) throws -> Void

    private let callers: Int
    private let units: CPUSet
    private let share: Int
    private let most: Int
    private let work: Work

    /// Turns of `callers` threads that may run on `units` and take `share` values at a time, no more
    /// than about `most` in a turn.
    ///
    /// - Parameter work: is called by a caller's thread alone, with that caller's number; what
    ///   callers share must be made for it.
    init(
        callers: Int, on units: CPUSet, share: Int = 1, most: Int = .max, _ work: @escaping Work
    ) {
        precondition(callers > 0 && share > 0, "\(callers) callers, \(share) values at a time")
        self.callers = callers
        self.units = units
        self.share = share
        self.most = most
        self.work = work
    }

    /// The shares that the callers take in a turn, at least one each, in values.
    func performed(of operations: Int) -> Int {
        let wanted = max(callers * share, min(operations, most))
        return (wanted + share - 1) / share * share
    }

    func turn(operations: Int, clock: TickClock) throws -> [Double] {
        let shares = performed(of: operations) / share
        return callers == 1
            ? try alone(shares, clock) : [try together(shares, clock) / Double(shares * share)]
    }

    /// Single values are timed one by one.
    private func alone(_ shares: Int, _ clock: TickClock) throws -> [Double] {
        guard share == 1 else {
            let start = clock.begin()
            for _ in 0..<shares { try work(0, share) }
            return [clock.nanoseconds(from: start, to: clock.end()) / Double(shares * share)]
        }
        var times: [Double] = []
        times.reserveCapacity(shares)
        for _ in 0..<shares {
            let start = clock.begin()
            try work(0, 1)
            times.append(clock.nanoseconds(from: start, to: clock.end()))
        }
        return times
    }

    private func together(_ shares: Int, _ clock: TickClock) throws -> Double {
        let gate = CallerGate(shares: shares)
        let finished = DispatchGroup()
        let crew = Crew(work: work, share: share)
        for caller in 0..<callers {
            finished.enter()
            Thread { [units] in
                defer { finished.leave() }
                do {
                    defer { gate.pass() }
                    try ThreadBinding.bindCurrentThread(to: units)
                } catch {
                    return gate.fail(error)
                }
                do {
                    while gate.takesShare() { try crew.work(caller, crew.share) }
                } catch {
                    gate.fail(error)
                }
            }.start()
        }
        gate.awaitArrivals(callers)
        let start = clock.begin()
        gate.open()
        finished.wait()
        let elapsed = clock.nanoseconds(from: start, to: clock.end())
        if let failure = gate.failure { throw failure }
        return elapsed
    }

    /// What the threads of a turn have in common.
    private final class Crew: @unchecked Sendable {
        // Sendable: the closure is made for many callers, as the initialiser asks.
        let work: Work
        let share: Int

        init(work: @escaping Work, share: Int) {
            self.work = work
            self.share = share
        }
    }
}

/// Where callers wait for each other, and where they find out how much is left to do.
private final class CallerGate: Sendable {
    private let arrived = Atomic(0)
    private let left: Atomic<Int>
    private let problem = Mutex<(any Error)?>(nil)
    private let semaphore = DispatchSemaphore(value: 0)

    init(shares: Int) { left = Atomic(shares) }

    var failure: (any Error)? { problem.withLock { $0 } }

    func pass() {
        arrived.add(1, ordering: .relaxed)
        semaphore.wait()
        // The next caller waits behind this one.
        semaphore.signal()
    }

    func awaitArrivals(_ count: Int) {
        while arrived.load(ordering: .relaxed) < count { sched_yield() }
    }

    func open() { semaphore.signal() }

    /// Takes a share for the calling thread; `false` when all are taken.
    func takesShare() -> Bool { left.wrappingSubtract(1, ordering: .relaxed).newValue >= 0 }

    func fail(_ error: any Error) { problem.withLock { if $0 == nil { $0 = error } } }
}
