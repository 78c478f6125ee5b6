import Hardware
import Synchronization
import Testing

@testable import Benchmarks

/// What the rings of others say of themselves is so.
@Suite(.serialized) struct PeerRingsTests {
    private static let units = (try? ThreadBinding.allowedPUs().indexes) ?? []

    /// A ring of several ends that says that it keeps every producer's order.
    struct Orderly: Sendable, CustomTestStringConvertible {
        let ring: PeerRing
        let library: PeerRingLibrary
        let kind: ChannelKind
        var testDescription: String { "\(ring.name) as \(kind.rawValue)" }
    }

    private static let libraries =
        [PeerRingLibrary.cxx] + ((try? RustRings.library.get().library).map { [$0] } ?? [])

    private static let orderly = libraries.flatMap { library in
        library.rings.filter(\.keepsOrder).flatMap { ring in
            [ChannelKind.mpsc, .mpmc].filter { ring.isPeer(of: $0) }
                .map { Orderly(ring: ring, library: library, kind: $0) }
        }
    }

    @Test func `the rings of others are compiled without their own checks`() {
        #expect(PeerRingLibrary.cxx.build.hasPrefix("C++, "))
        #expect(PeerRingLibrary.cxx.build.hasSuffix(", NDEBUG"))
    }

    @Test func `a queue of tickets promises no order among several threads`() {
        let rings = PeerRingLibrary.cxx.rings.filter { $0.package == "libatomic-queue-dev" }
        for ring in rings { #expect(ring.keepsOrder == ring.isPeer(of: .spsc), "\(ring.name)") }
    }

    @Test(.enabled(if: units.count > 1, "needs two processing units"), arguments: orderly)
    func `who says so keeps each producer's order`(of orderly: Orderly) throws {
        let use = RingUse(producers: 2, consumers: orderly.kind == .mpmc ? 2 : 1)
        let made = PeerRingPair(
            orderly.ring, of: orderly.library, kind: orderly.kind, capacity: 64, use: use)
        let pair = try #require(made)
        let total = 4000
        let found = Outcome()
        // Producers share a core, so that one is off it while the other goes on.
        let producers = try (0..<use.producers).map { member in
            try PinnedThread(pu: Self.units[0], name: "producer") {
                pair.produceShare(
                    RingShare.count(of: member, among: use.producers, total: total), as: member)
            }
        }
        let consumers = try (0..<use.consumers).map { member in
            try PinnedThread(pu: Self.units[1], name: "consumer") {
                var own: UInt64 = 0
                let wrong = pair.consumeShare(
                    RingShare.count(of: member, among: use.consumers, total: total), as: member,
                    sum: &own)
                found.disorder.wrappingAdd(wrong, ordering: .relaxed)
                found.sum.wrappingAdd(own, ordering: .relaxed)
            }
        }
        for thread in producers + consumers { thread.join() }
        #expect(found.disorder.load(ordering: .relaxed) == 0)
        #expect(
            found.sum.load(ordering: .relaxed)
                == RingShare.sum(ofProducers: use.producers, total: total))
    }

    private final class Outcome: Sendable {
        let disorder = Atomic<UInt64>(0)
        let sum = Atomic<UInt64>(0)
    }
}
