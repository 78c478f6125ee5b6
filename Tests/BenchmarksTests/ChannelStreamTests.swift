import Foundation
import Hardware
import Measurement
import Quantities
import Synchronization
import Testing

@testable import Benchmarks

/// Streams of the channel benchmarks find what is wrong with a ring, and let right ones pass.
@Suite(.serialized) struct ChannelStreamTests {
    private static let units = (try? ThreadBinding.allowedPUs().indexes) ?? []

    @Test func `shares add up to the whole, and their sums to that of all values`() {
        for (members, total) in [(1, 0), (1, 7), (3, 2), (3, 100), (4, 101)] {
            let shares = (0..<members).map {
                RingShare.count(of: $0, among: members, total: total)
            }
            #expect(shares.reduce(0, +) == total)
            #expect((shares.max() ?? 0) - (shares.min() ?? 0) <= 1)
            var sum: UInt64 = 0
            for (member, share) in shares.enumerated() {
                for number in 0..<UInt64(share) { sum &+= UInt64(member) << 48 | number + 1 }
            }
            #expect(RingShare.sum(ofProducers: members, total: total) == sum)
        }
    }

    @Test(arguments: RingUse.payloads, OwnRing.allCases)
    func `a message of any size arrives as it was sent`(payload: Int, ring: OwnRing) throws {
        var use = RingUse()
        use.payload = payload
        let pair = ring.pair(capacity: 8, wait: "spin-then-park", use: use)
        let consumer = Slot<UInt64>()
        let thread = try PinnedThread(pu: Self.units[0], name: "consumer") {
            consumer.fill(pair.consume(100, inBatches: false))
        }
        pair.produce(100, inBatches: false)
        thread.join()
        #expect(consumer.value == 0)
    }

    @Test(arguments: RingUse.payloads, OwnRing.allCases)
    func `a message of any size comes back as it was sent`(payload: Int, ring: OwnRing) throws {
        let pair = ring.pair(
            capacity: 8, wait: "spin-then-park", use: RingUse(payload: payload))
        try Self.expectRoundTrips(through: pair)
    }

    @Test(arguments: RingUse.payloads)
    func `rings of others carry messages there and back, of the sizes that they have`(
        payload: Int
    ) throws {
        var sizes = 0
        for ring in PeerRingLibrary.cxx.rings {
            for kind in ChannelKind.allCases where ring.isPeer(of: kind) {
                let pair = PeerRingPair(
                    ring, of: .cxx, kind: kind, capacity: 64, use: RingUse(payload: payload))
                guard let pair else { continue }
                sizes += 1
                try Self.expectRoundTrips(through: pair)
            }
        }
        #expect(sizes > 0 || PeerRingLibrary.cxx.rings.isEmpty)
    }

    private static func expectRoundTrips(through pair: any RingPair) throws {
        let responder = Slot<UInt64>()
        let thread = try PinnedThread(pu: units[0], name: "responder") {
            responder.fill(pair.respond(20) | pair.respond(20))
        }
        #expect(pair.initiate(20) == 0)
        var stamps = [UInt64](repeating: 0, count: 20)
        #expect(pair.initiateStamped(20, stamps: &stamps) == 0)
        #expect(stamps.allSatisfy { $0 > 0 })
        thread.join()
        #expect(responder.value == 0)
        #expect(pair.uncontended(20) == 0)
    }

    @Test(arguments: OwnRing.allCases)
    func `a message that is not the expected one is found`(ring: OwnRing) throws {
        let pair = ring.pair(capacity: 256, wait: "busy-spin")
        // The consumer expects 1 and finds what is left over, 2.
        pair.produce(2, inBatches: false)
        #expect(pair.consume(1, inBatches: false) == 0)
        #expect(pair.consume(1, inBatches: false) == 2 ^ 1)
    }

    @Test(arguments: [OwnRing.mpsc, .mpmc, .unboundedMPSC, .unboundedMPMC])
    func `messages of a producer that do not rise are found`(ring: OwnRing) throws {
        let pair = ring.pair(capacity: 256, wait: "busy-spin", use: RingUse(producers: 2))
        pair.produceShare(2, as: 0)
        pair.produceShare(3, as: 1)
        pair.produceShare(1, as: 0)
        var sum: UInt64 = 0
        // The last one of producer 0 starts again at 1.
        #expect(pair.consumeShare(6, as: 0, sum: &sum) == 1)
        #expect(sum == (1 + 2) + (3 << 48 + 6) + 1)
    }

    @Test(
        .enabled(if: units.count > 1, "needs two processing units"),
        arguments: [
            (.none, 2, 2), (.missing, 2, 2), (.swapped, 2, 1), (.swapped, 1, 1),
        ] as [(Spoiling, Int, Int)])
    func `a planted defect is found, and noted where no order is promised`(
        defect: Spoiling, producers: Int, consumers: Int
    ) throws {
        let use = RingUse(producers: producers, consumers: consumers)
        let inner = OwnRing.mpmc.pair(capacity: 64, wait: "spin-then-yield", use: use)
        let pair = SpoiledPair(defect, of: inner)
        let own = StreamRounds.Contender(name: OwnRing.bounded, pair: pair)
        if defect == .none {
            #expect(try Self.crowd([own], use).notes == [])
            return
        }
        // What is wrong with the engine's own is nothing to go on with.
        #expect(throws: RingDefect.self) { try Self.crowd([own], use) }
        let strict = StreamRounds.Contender(name: "strict", pair: pair)
        let lax = StreamRounds.Contender(name: "lax", pair: pair, keepsOrder: false)
        let isAllowed = defect == .swapped && producers > 1
        let found = try Self.crowd([strict, lax], use)
        #expect(found.contenders == (isAllowed ? [1] : []))
        #expect(found.notes.contains("\(RingDefect(contender: "strict"))"))
        #expect(found.notes.contains("\(RingDefect(contender: "lax"))") != isAllowed)
        #expect(found.notes.contains { $0.hasPrefix("lax: some messages") } == isAllowed)
    }

    @Test(.enabled(if: units.count > 1, "needs two processing units"))
    func `a defective contender loses its own figures, and nobody else's`() throws {
        let use = RingUse(producers: 2, consumers: 1)
        func contender(_ name: String, _ defect: Spoiling) -> StreamRounds.Contender {
            let inner = OwnRing.mpsc.pair(capacity: 64, wait: "spin-then-yield", use: use)
            return StreamRounds.Contender(name: name, pair: SpoiledPair(defect, of: inner))
        }
        let all = [
            contender("first", .none), contender("spoilt", .changed), contender("last", .none),
        ]
        let crowd = try Self.crowd(all, use)
        #expect(crowd.contenders == [0, 2])
        #expect(crowd.notes == ["\(RingDefect(contender: "spoilt"))"])
        let streams = try Self.fork { context, recorder in
            try StreamRounds.runStreams(all, inBatches: false, in: context, into: &recorder)
        }
        #expect(streams.contenders == [0, 2])
        #expect(streams.notes == ["\(RingDefect(contender: "spoilt"))"])
    }

    @Test(.enabled(if: units.count > 1, "needs two processing units"))
    func `a message that is lost ends the process with the name of who lost it`() async throws {
        let result = try await #require(
            processExitsWith: .exitCode(WindowWatch.status), observing: [\.standardErrorContent]
        ) {
            let inner = OwnRing.mpmc.pair(capacity: 64, wait: "spin-then-yield")
            let loser = StreamRounds.Contender(
                name: "loser", pair: SpoiledPair(.none, of: inner, losing: 1))
            _ = try ChannelStreamTests.fork { context, recorder in
                try StreamRounds.runStreams(
                    [loser], inBatches: false, in: context, patience: .milliseconds(200),
                    into: &recorder)
            }
        }
        let text = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(text.contains("loser: no end of "), "\(text)")
    }

    /// A side that yields while it waits always waits for its core here: no time counts.
    @Test(.enabled(if: units.count > 1, "needs two processing units"))
    func `a message that is lost is missed where others want the cores as well`() async {
        await #expect(processExitsWith: .exitCode(WindowWatch.status)) {
            for unit in ChannelStreamTests.units {
                for number in 0..<4 {
                    // They end with the process.
                    _ = try PinnedThread(pu: unit, name: "spin \(number)") { while true {} }
                }
            }
            let inner = OwnRing.mpmc.pair(capacity: 64, wait: "spin-then-yield")
            let loser = StreamRounds.Contender(
                name: "loser", pair: SpoiledPair(.none, of: inner, losing: 1))
            _ = try ChannelStreamTests.fork { context, recorder in
                try StreamRounds.runStreams(
                    [loser], inBatches: false, in: context, patience: .milliseconds(10),
                    into: &recorder)
            }
        }
    }

    /// Sixteen others have the core as well: an operation of 60 ms takes a second, and loses nothing.
    @Test func `an operation that waits for its core is waited for`() async {
        await #expect(processExitsWith: .success) {
            let unit = try #require(ChannelStreamTests.units.first)
            for number in 0..<16 {
                // They end with the process.
                _ = try PinnedThread(pu: unit, name: "spin \(number)") { while true {} }
            }
            try PinnedThread(pu: unit, name: "slow") {
                let watch = WindowWatch(patience: .milliseconds(100))
                watch.during("slow") {
                    let end = ChannelStreamTests.usedTime() + 60_000_000
                    while ChannelStreamTests.usedTime() < end {}
                }
                watch.stop()
            }.join()
        }
    }

    /// Nanoseconds for which the calling thread has had a core.
    private static func usedTime() -> Int {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }

    /// What a moment of windows came to.
    private struct Found: Sendable {
        /// Those that have windows, in order.
        let contenders: [Int]
        let notes: [String]
    }

    private static func crowd(
        _ contenders: [StreamRounds.Contender], _ use: RingUse
    ) throws -> Found {
        try fork { context, recorder in
            try StreamRounds.runCrowded(
                contenders, for: use, on: Array(units.prefix(2)), in: context, into: &recorder)
        }
    }

    /// Runs `body` as a fork does, on a thread of its own.
    private static func fork(
        _ body:
            @escaping @Sendable (ForkContext, inout Recorder) throws
            -> [InterleavedMeasurement.Window]
    ) throws -> Found {
        let request = ForkRequest(
            benchmark: "test", parameters: ParameterSet(), fork: 0, seed: 3, time: 1,
            processingUnits: units, directory: .init(path: "/", durability: "unknown"))
        let slot = Slot<Result<Found, any Error>>()
        try PinnedThread(pu: units[0], name: "streams") {
            slot.fill(
                Result {
                    var recorder = Recorder(
                        for: ChannelOrder.description, parameters: request.parameters)
                    let windows = try body(
                        ForkContext(request: request, clock: TickClock()), &recorder)
                    return Found(
                        contenders: Set(windows.map(\.contender)).sorted(),
                        notes: recorder.notes)
                })
        }.join()
        return try #require(slot.value).get()
    }

    /// Carries a value from one thread to the one that joins it.
    private final class Slot<Value: Sendable>: Sendable {
        private let held = Mutex<Value?>(nil)
        func fill(_ value: Value) { held.withLock { $0 = value } }
        var value: Value? { held.withLock { $0 } }
    }
}

/// How a ring of the tests spoils what it carries.
enum Spoiling {
    case none, missing, swapped, changed
}

/// A pair that spoils what consumers find.
private final class SpoiledPair: RingPair {
    private let inner: any RingPair
    private let defect: Spoiling
    private let losing: Int

    /// Spoils what `inner` carries; of each stream the last `losing` messages are never sent.
    init(_ defect: Spoiling, of inner: any RingPair, losing: Int = 0) {
        self.defect = defect
        self.inner = inner
        self.losing = losing
    }

    func uncontended(_ count: Int) -> UInt64 { inner.uncontended(count) }
    func initiate(_ count: Int) -> UInt64 { inner.initiate(count) }
    func initiateStamped(_ count: Int, stamps: inout [UInt64]) -> UInt64 {
        inner.initiateStamped(count, stamps: &stamps)
    }
    func respond(_ count: Int) -> UInt64 { inner.respond(count) }
    func produce(_ count: Int, inBatches: Bool) {
        if count > losing { inner.produce(count - losing, inBatches: inBatches) }
    }
    func consume(_ count: Int, inBatches: Bool) -> UInt64 {
        let wrong = inner.consume(count, inBatches: inBatches)
        return defect == .none ? wrong : wrong | 1
    }
    func produceShare(_ count: Int, as member: Int) { inner.produceShare(count, as: member) }
    func consumeShare(_ count: Int, as member: Int, sum: inout UInt64) -> UInt64 {
        let wrong = inner.consumeShare(count, as: member, sum: &sum)
        switch defect {
        case .none: return wrong
        case .swapped: return wrong + 1
        // As if a message that carries 7 were missing, or another one.
        case .missing: sum &-= 7
        case .changed: sum &+= 1 << 20
        }
        return wrong
    }
}
