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
        arguments: Spoiling.allCases)
    func `a planted defect is found, and noted where no order is promised`(
        defect: Spoiling
    ) throws {
        let use = RingUse(producers: 2, consumers: 2)
        let inner = OwnRing.mpmc.pair(capacity: 64, wait: "spin-then-yield", use: use)
        let pair = SpoiledPair(defect, of: inner)
        if defect == .none {
            #expect(try notes(pair, OwnRing.bounded, use) == [])
            return
        }
        #expect(throws: RingDefect.self) { try notes(pair, OwnRing.bounded, use) }
        if defect == .swapped {
            #expect(try notes(pair, "another", use).map { $0.hasPrefix("another: ") } == [true])
        } else {
            #expect(throws: RingDefect.self) { try notes(pair, "another", use) }
        }
    }

    /// What a moment of windows of a crowded stream notes.
    private func notes(
        _ pair: any RingPair, _ name: String, _ use: RingUse
    ) throws -> [String] {
        let units = Self.units
        let request = ForkRequest(
            benchmark: "test", parameters: ParameterSet(), fork: 0, seed: 3, time: 1,
            processingUnits: units, directory: .init(path: "/", durability: "unknown"))
        let slot = Slot<Result<[String], any Error>>()
        try PinnedThread(pu: units[0], name: "streams") {
            slot.fill(
                Result {
                    var recorder = Recorder(
                        for: ChannelOrder.description, parameters: request.parameters)
                    _ = try StreamRounds.runCrowded(
                        [(name, pair, use)], on: Array(units.prefix(2)),
                        in: ForkContext(request: request, clock: TickClock()), into: &recorder)
                    return recorder.notes
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
enum Spoiling: CaseIterable {
    case none, lost, twice, swapped, changed
}

/// A pair that spoils what consumers find.
private final class SpoiledPair: RingPair {
    private let inner: any RingPair
    private let defect: Spoiling

    init(_ defect: Spoiling, of inner: any RingPair) {
        self.defect = defect
        self.inner = inner
    }

    func uncontended(_ count: Int) -> UInt64 { inner.uncontended(count) }
    func initiate(_ count: Int) -> UInt64 { inner.initiate(count) }
    func initiateStamped(_ count: Int, stamps: inout [UInt64]) -> UInt64 {
        inner.initiateStamped(count, stamps: &stamps)
    }
    func respond(_ count: Int) -> UInt64 { inner.respond(count) }
    func produce(_ count: Int, inBatches: Bool) { inner.produce(count, inBatches: inBatches) }
    func consume(_ count: Int, inBatches: Bool) -> UInt64 {
        inner.consume(count, inBatches: inBatches)
    }
    func produceShare(_ count: Int, as member: Int) { inner.produceShare(count, as: member) }
    func consumeShare(_ count: Int, as member: Int, sum: inout UInt64) -> UInt64 {
        let wrong = inner.consumeShare(count, as: member, sum: &sum)
        switch defect {
        case .none: return wrong
        case .swapped: return wrong + 1
        // As if a message that carries 7 were missing, or there twice, or another one.
        case .lost: sum &-= 7
        case .twice: sum &+= 7
        case .changed: sum &+= 1 << 20
        }
        return wrong
    }
}
