import Hardware
import Quantities
import Randomness
import Synchronization
import Testing

@testable import Measurement

@Suite(.serialized) struct InterleavedMeasurementTests {
    private final class Counting: MeasuredBody {
        private(set) var total = 0
        func run(iterations: Int) { total += iterations }
    }

    /// Counts the operations that each side completed, and checks that they take turns.
    private final class CountingPair: PairedBody {
        let initiated = Atomic<Int>(0)
        let responded = Atomic<Int>(0)
        func initiate(iterations: Int) {
            initiated.wrappingAdd(iterations, ordering: .relaxed)
        }
        func respond(iterations: Int) {
            responded.wrappingAdd(iterations, ordering: .relaxed)
        }
    }

    /// Where a bound thread leaves what its work came to.
    private final class Slot<Value: Sendable>: Sendable {
        let result = Mutex<Result<Value, any Error>?>(nil)
    }

    private struct Broken: Error {}

    private final class Failing: MeasuredBody {
        func run(iterations: Int) throws { throw Broken() }
    }

    private static let units = (try? ThreadBinding.allowedPUs().indexes) ?? []
    private let clock = TickClock(calibratingFor: .milliseconds(1))

    /// Runs `body` on a thread of its own that is bound to the first unit: the test runner's own
    /// threads must not stay bound.
    private func onBoundThread<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) throws -> Value {
        let slot = Slot<Value>()
        try PinnedThread(pu: Self.units[0], name: "test") {
            let outcome = Result { try body() }
            slot.result.withLock { $0 = outcome }
        }.join()
        return try #require(slot.result.withLock { $0 }).get()
    }

    @Test func `every contender runs once in every round, in an order that the seed gives`() throws
    {
        let unit = Self.units[0]
        func windows(_ seed: UInt64) throws -> [InterleavedMeasurement.Window] {
            try onBoundThread { [clock] in
                var generator = Seed(seed).generator()
                return try InterleavedMeasurement(
                    clock: clock, processingUnit: unit, window: .microseconds(10), leastRounds: 12
                ).run([Counting(), Counting(), Counting()], for: .zero, order: &generator)
            }
        }
        let found = try windows(1)
        #expect(found.count == 36)
        for round in 0..<12 {
            let present = found.filter { $0.round == round }.map { $0.contender }
            #expect(present.sorted() == [0, 1, 2])
        }
        #expect(found.allSatisfy { $0.nanosecondsPerOperation >= 0 && $0.floor == nil })
        let order = found.map { $0.contender }
        #expect(try windows(1).map { $0.contender } == order)
        #expect(try windows(2).map { $0.contender } != order)
    }

    @Test func `windows are filled with operations on the unit that was named`() throws {
        let unit = Self.units[0]
        let windows = try onBoundThread { [clock] in
            var generator = Seed(1).generator()
            return try InterleavedMeasurement(
                clock: clock, processingUnit: unit, window: .microseconds(200), leastRounds: 10
            ).run([LoopBody.repeating(EmptyOperation())], for: .zero, order: &generator)
        }
        #expect(windows.allSatisfy { $0.operations > 1000 && $0.stayed })
    }

    @Test func `a thread that is not on the unit that was named is found out`() throws {
        let windows = try onBoundThread { [clock] in
            var generator = Seed(1).generator()
            return try InterleavedMeasurement(
                clock: clock, processingUnit: 4095, window: .microseconds(10), leastRounds: 3
            ).run([Counting()], for: .zero, order: &generator)
        }
        #expect(windows.allSatisfy { !$0.stayed })
    }

    /// Calls with these numbers, from 0, take a millisecond more.
    @Test(arguments: [[], [0], [9], [14], [14, 15], [14, 15, 16], [0, 9, 14, 15, 16]])
    func `a preemption while a window is filled does not settle its length`(disturbed: [Int]) {
        var calls = 0
        let operations = InterleavedMeasurement.operations(filling: 100_000) { operations in
            defer { calls += 1 }
            return 10 * Double(operations) + (disturbed.contains(calls) ? 1e6 : 0)
        }
        #expect((5_000...20_000).contains(operations), "\(operations) after \(calls) calls")
    }

    @Test(arguments: [0.0, 1, 1e9])
    func `a body whose time does not follow its operations is given up on`(time: Double) {
        var calls = 0
        let operations = InterleavedMeasurement.operations(filling: 1000) { _ in
            calls += 1
            return time
        }
        #expect(operations == (time < 1000 ? 1 << 40 : 1))
        #expect(calls < 100)
    }

    @Test func `a body that fails ends the measurement with its error`() {
        var generator = Seed(1).generator()
        #expect(throws: Broken.self) {
            try InterleavedMeasurement(clock: clock, processingUnit: 0)
                .run([Failing()], for: .zero, order: &generator)
        }
    }

    @Test(.enabled(if: units.count > 1, "needs two processing units"))
    func `both sides of paired bodies run the same operations between two probes`() throws {
        let bodies = [CountingPair(), CountingPair()]
        let windows = try onBoundThread { [clock] in
            let probe = FloorProbe(firstBody: 2, roundTrips: 50)
            let partner = try PartnerThread(
                on: Self.units[1], bodies: bodies as [any PairedBody] + probe.bodies)
            defer { partner.stop() }
            var generator = Seed(1).generator()
            return try InterleavedMeasurement(
                clock: clock, processingUnit: Self.units[0], window: .microseconds(50),
                leastRounds: 5
            ).run(paired: bodies, with: partner, probe: probe, for: .zero, order: &generator)
        }
        #expect(windows.count == 10)
        for body in bodies {
            #expect(
                body.initiated.load(ordering: .relaxed) == body.responded.load(ordering: .relaxed))
        }
        for window in windows {
            #expect(try #require(window.floor) > 0)
            let before = try #require(window.floorBefore)
            let after = try #require(window.floorAfter)
            #expect(window.placement == Placement(before: before, after: after))
        }
    }

    @Test(.enabled(if: units.count > 1, "needs two processing units"))
    func `round trips of a cache line alternate for both ways of polling`() throws {
        for polling in [CacheLinePingPong.Polling.load, .exchange] {
            let stayed = try onBoundThread {
                let body = CacheLinePingPong(polling)
                let partner = try PartnerThread(on: Self.units[1], bodies: [body])
                defer { partner.stop() }
                partner.start(body: 0, iterations: 500)
                // Two calls of the initiator make up one of the responder: the line carries over.
                body.initiate(iterations: 200)
                body.initiate(iterations: 300)
                return partner.finish()
            }
            #expect(stayed)
        }
    }
}

@Suite struct PlacementTests {
    @Test(arguments: [
        (54.0, Placement.smt), (74.9, .smt), (75, .l3), (130, .l3), (250, .l3), (250.1, .far),
        (560, .far),
    ])
    func `the round trip decides the class`(nanoseconds: Double, placement: Placement) {
        #expect(Placement(roundTrip: nanoseconds) == placement)
    }

    @Test func `probes that disagree mean that the cores moved`() {
        let near = FloorReading(loadRoundTrip: 130, exchangeRoundTrip: 80)
        let far = FloorReading(loadRoundTrip: 560, exchangeRoundTrip: 400)
        #expect(Placement(before: near, after: near) == .l3)
        #expect(Placement(before: near, after: far) == .moved)
        #expect(near.oneWay == 40)
    }
}
