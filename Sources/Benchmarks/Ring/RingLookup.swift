import CNilometerShims
import Measurement
import Quantities
import Randomness
import RingPeers
import ShenRing

/// Lookups on one core: hash of a random 8-byte key and the owner of its position.
enum RingLookup: Benchmark {
    static let description = BenchmarkDescription(
        name: "ring.lookup",
        summary: "owner of a random 8-byte key, hash included, on one core, beside other ways to "
            + "place keys",
        parameters: [
            RingFixture.nodes(default: 1000), RingFixture.virtualNodes,
            ParameterSpecification(
                "batch", "keys looked up by one call", .integer(1...1024), default: "1"),
            ParameterSpecification(
                "contenders", "algorithms that run side by side", .subset(of: contenderNames),
                default: contenderNames.joined(separator: ",")),
        ],
        metrics: [
            MetricSpecification(
                "latency", .nanoseconds, .lower, .sampled,
                "time per lookup in a chain, where the owner found says which key is next: the "
                    + "load of the key, its hash and the search, mean of a window; for batch 1"),
            MetricSpecification(
                "throughput", .operationsPerSecond, .higher, .sampled,
                "lookups a second of independent keys back to back, which overlap in the core"),
            MetricSpecification(
                "relative", .ratio, .lower, .sampled,
                "time of lookups back to back over that of nilometer in the same round"),
            MetricSpecification(
                "floor", .nanoseconds, .neither, .sampled,
                "time in a chain that only loads and hashes the key; for batch 1"),
            MetricSpecification(
                "floor-back-to-back", .nanoseconds, .neither, .sampled,
                "time back to back of a loop that only hashes the key"),
            MetricSpecification(
                "memory", .bytes, .neither, .exact, "size of nilometer's lookup table"),
        ],
        processingUnits: 1,
        floor: "the hash of the key")

    private static let contenderNames = ["nilometer", "ordered-map", "jump", "maglev"]

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        var generator = context.generator(for: "keys")
        let keys = RingFixture.keys(&generator)
        let batch = context.integer("batch")
        let names = context.words("contenders")
        let parameters = recorder.figureParameters(without: ["contenders"])
        var lookups: [Lookups] = []
        for name in names {
            lookups.append(try contender(name, keys: keys, batch: batch, in: context, &recorder))
        }
        lookups.append(
            Lookups(HashOnly(below: context.integer("nodes")), keys: keys, batch: batch))
        // First all that run back to back, then all chains.
        let bodies = lookups.map(\.backToBack) + (batch == 1 ? lookups.map(\.chain) : [])
        var order = context.generator(for: "order")
        // Long enough that fetching the table back into the cache, after another contender's
        // window, is a small part.
        let windows = try InterleavedMeasurement(
            clock: context.clock, processingUnit: context.processingUnit,
            window: .milliseconds(10), counters: context.counters, turns: context.turns
        ).run(bodies, for: context.time, order: &order)
        func measured(_ bodies: Range<Int>) -> [InterleavedMeasurement.Window] {
            windows.filter { bodies.contains($0.contender) }
        }
        let floor = names.count
        let analysis = WindowAnalysis(
            measured(0..<floor), contenders: names, parameters: parameters)
        analysis.record("throughput", into: &recorder) { 1e9 / $0 }
        analysis.recordRatios("relative", to: "nilometer", into: &recorder)
        recorder.record(
            "floor-back-to-back", parameters,
            samples: measured(floor..<floor + 1).map(\.nanosecondsPerOperation))
        guard batch == 1 else { return }
        let chains = floor + 1..<floor + 1 + names.count
        // The names before those of the chains only bring these to their indices.
        WindowAnalysis(
            measured(chains), contenders: names + ["floor"] + names, parameters: parameters
        ).record("latency", into: &recorder)
        recorder.record(
            "floor", parameters,
            samples: measured(chains.upperBound..<bodies.count).map(\.nanosecondsPerOperation))
    }

    private static func contender(
        _ name: String, keys: [UInt64], batch: Int, in context: ForkContext,
        _ recorder: inout Recorder
    ) throws -> Lookups {
        let nodes = context.integer("nodes")
        let members = RingFixture.members(nodes, seed: Seed(context.request.seed))
        let virtualNodes = context.integer("virtual-nodes")
        switch name {
        case "nilometer":
            let ring = try AnkhRing(members: members, virtualNodes: virtualNodes)
            recorder.record(
                "memory",
                recorder.figureParameters(without: ["contenders"]).with("contender", name),
                samples: [Double(ring.memory.rawValue)])
            return Lookups(ring, keys: keys, batch: batch)
        case "ordered-map":
            let ring = try AnkhRing(members: members, virtualNodes: virtualNodes)
            guard let map = OrderedMapRing(ring) else { throw OutOfMemory(what: name) }
            return Lookups(map, keys: keys, batch: batch)
        case "jump":
            return Lookups(JumpHash(nodeCount: UInt32(nodes)), keys: keys, batch: batch)
        case "maglev":
            return Lookups(MaglevTable(names: members.map(\.name)), keys: keys, batch: batch)
        default: preconditionFailure("contender '\(name)' was accepted but does not exist")
        }
    }
}

/// The loops that every locator runs in, compiled for each (see `LoopBody`); both on one locator.
private struct Lookups {
    /// Lookups of the fixture's keys one by one, or `batch` of them by one call. None waits for
    /// another.
    let backToBack: LoopBody
    /// Lookups of which each needs the owner that the one before has found.
    let chain: LoopBody

    init<Locator: KeyLocator & ~Copyable>(
        _ locator: consuming Locator, keys: [UInt64], batch: Int
    ) {
        precondition(
            keys.count & (keys.count - 1) == 0, "\(keys.count) keys are not a power of two")
        let held = Held(locator)
        backToBack =
            batch == 1
            ? Lookups.singly(held, keys: keys) : Lookups.batched(held, keys: keys, batch: batch)
        chain = Lookups.chained(held, keys: keys)
    }

    private static func singly<Locator: KeyLocator & ~Copyable>(
        _ held: Held<Locator>, keys: [UInt64]
    ) -> LoopBody {
        var next = 0
        return LoopBody { iterations in
            let span = keys.span
            let mask = keys.count - 1
            for index in next..<next + iterations {
                // SAFETY: the mask keeps the index below the number of keys.
                let key = unsafe span[unchecked: index & mask]
                nilometer_consume(UInt64(held.locator.owner(ofKey: key)))
            }
            next = (next + iterations) & mask
        }
    }

    private static func chained<Locator: KeyLocator & ~Copyable>(
        _ held: Held<Locator>, keys: [UInt64]
    ) -> LoopBody {
        var next = 0
        return LoopBody { iterations in
            let span = keys.span
            let mask = keys.count - 1
            var owner: UInt32 = 0
            for index in next..<next + iterations {
                // SAFETY: the mask keeps the index below the number of keys.
                let key = unsafe span[unchecked: (index &+ Int(owner)) & mask]
                owner = held.locator.owner(ofKey: key)
            }
            nilometer_consume(UInt64(owner))
            next = (next + iterations) & mask
        }
    }

    private static func batched<Locator: KeyLocator & ~Copyable>(
        _ held: Held<Locator>, keys: [UInt64], batch: Int
    ) -> LoopBody {
        var next = 0
        var found = [UInt32](repeating: 0, count: batch)
        return LoopBody { iterations in
            var owners = found.mutableSpan
            var done = 0
            while done < iterations {
                if next + batch > keys.count { next = 0 }
                let count = min(batch, iterations - done)
                held.locator.owners(
                    ofKeys: keys.span.extracting(next..<next + count), into: &owners)
                nilometer_consume(UInt64(owners[0]))
                next += count
                done += count
            }
        }
    }

    /// Lets a closure hold what cannot be copied.
    private final class Held<Locator: KeyLocator & ~Copyable> {
        let locator: Locator
        init(_ locator: consuming Locator) { self.locator = locator }
    }
}

/// The locator that only hashes: what is left of a lookup when finding costs nothing.
private struct HashOnly: KeyLocator {
    /// Keeps the numbers below that of the nodes, so that a chain walks over no more keys than
    /// those of its contenders.
    private let mask: UInt32

    init(below nodes: Int) {
        mask = UInt32(1) << UInt32(Int.bitWidth - 1 - nodes.leadingZeroBitCount) &- 1
    }

    func owner(ofHash hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash) & mask }
}

/// A contender could not get the memory it needs.
struct OutOfMemory: Error, CustomStringConvertible {
    let what: String
    var description: String { "there is not enough memory for \(what)" }
}
