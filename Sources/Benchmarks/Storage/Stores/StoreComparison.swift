import Hardware
import Measurement
import Quantities
import Randomness
import Storage

/// What the benchmarks of key-value stores have in common.
struct StoreComparison {
    /// Parameters that they share.
    static func parameters(
        callers: Int, _ stores: [StoreKind] = StoreKind.allCases
    ) -> [ParameterSpecification] {
        [
            ParameterSpecification(
                "value", "bytes of a value; a key has \(StoreTraffic.keySize)",
                .integer(1...65536), default: "256"),
            ParameterSpecification(
                "keys", "how many keys there are", .integer(1...10_000_000), default: "100000"),
            ParameterSpecification(
                "pattern", "which keys are used how often", .choice(["uniform", "zipf"]),
                default: "uniform"),
            ParameterSpecification(
                "callers", "threads that each wait for their operation", .integer(1...256),
                default: "\(callers)"),
            ParameterSpecification(
                "contenders", "stores that run side by side",
                .subset(of: stores.map(\.rawValue)),
                default: stores.map(\.rawValue).joined(separator: ",")),
        ]
    }

    let context: ForkContext
    let directory: String
    private(set) var names: [String] = []
    private(set) var stores: [any StoreContender] = []
    private let processingUnits: CPUSet

    /// Nobody takes part yet.
    init(_ context: ForkContext, directory: String) throws {
        self.context = context
        self.directory = directory
        processingUnits = try ThreadBinding.allowedPUs()
    }

    /// How many threads use a store.
    var callers: Int { context.integer("callers") }

    /// What the callers do: Zipf's keys have the exponent 0.99 of YCSB (Cooper et al., "Benchmarking
    /// cloud serving systems with YCSB", 2010), scattered over the key space.
    func traffic(isWriting: Bool) -> StoreTraffic {
        StoreTraffic(
            keys: KeyDistribution(
                context.text("pattern") == "zipf" ? .scrambledZipf(exponent: 0.99) : .uniform,
                count: UInt64(context.integer("keys"))),
            value: AppendContender.record(of: context.integer("value")), isWriting: isWriting,
            seed: Seed(context.request.seed).derived(for: "keys"))
    }

    /// Adds the stores that are wanted and can be had, and notes why others cannot.
    mutating func add(
        into recorder: inout Recorder, open: (StoreKind) throws -> any StoreContender
    ) throws {
        for name in context.words("contenders") {
            guard let kind = StoreKind(rawValue: name) else { continue }
            do {
                let store = try open(kind)
                recorder.note("\(name): \(store.facts)")
                names.append(name)
                stores.append(store)
            } catch let reason as StoreUnavailable {
                guard case .absent = reason else { throw reason }
                recorder.note("\(name): unavailable, \(reason)")
            }
        }
    }

    /// The turns of the stores, in their order.
    func turns(isWriting: Bool, most: Int = .max) -> [StoreCallers] {
        let traffic = traffic(isWriting: isWriting)
        return stores.map {
            StoreCallers($0, callers: callers, traffic, on: processingUnits, most: most)
        }
    }

    /// Closes the stores.
    func close() throws { for store in stores { try store.close() } }
}
