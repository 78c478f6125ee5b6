/// The machine as a plain value: what it is, what it allows, and where each fact came from.
///
/// Everything that depends on hardware takes a `Machine`; tests make one from a description of
/// another computer.
public struct Machine: Codable, Equatable, Sendable {
    /// The form of the JSON document that this version writes and reads.
    public static let currentSchema = "nilometer.machine/1"

    /// Packages, NUMA nodes, caches, cores, hardware threads.
    public var topology: Topology
    /// Memory and its pages.
    public var memory: Memory
    /// What lies under the directory to be measured, and how it can be reached.
    public var storage: Storage
    /// Interfaces and what they can do.
    public var network: Network
    /// Devices that compute beside the processor.
    public var accelerators: Accelerators
    /// What PAPI and the kernel can count.
    public var counters: Counters
    /// What decides whether a figure can be trusted.
    public var environment: Environment

    private enum CodingKeys: String, CodingKey {
        case schema, topology, memory, storage, network, accelerators, counters, environment
    }

    /// A machine of these facts.
    public init(
        topology: Topology, memory: Memory, storage: Storage, network: Network,
        accelerators: Accelerators, counters: Counters, environment: Environment
    ) {
        self.topology = topology
        self.memory = memory
        self.storage = storage
        self.network = network
        self.accelerators = accelerators
        self.counters = counters
        self.environment = environment
    }

    /// Reads a machine of the current schema; any other is an error that names both.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let schema = try container.decode(String.self, forKey: .schema)
        guard schema == Machine.currentSchema else {
            throw DecodingError.dataCorruptedError(
                forKey: .schema, in: container,
                debugDescription: "schema '\(schema)' is not '\(Machine.currentSchema)'")
        }
        topology = try container.decode(Topology.self, forKey: .topology)
        memory = try container.decode(Memory.self, forKey: .memory)
        storage = try container.decode(Storage.self, forKey: .storage)
        network = try container.decode(Network.self, forKey: .network)
        accelerators = try container.decode(Accelerators.self, forKey: .accelerators)
        counters = try container.decode(Counters.self, forKey: .counters)
        environment = try container.decode(Environment.self, forKey: .environment)
    }

    /// Writes the facts and the schema.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Machine.currentSchema, forKey: .schema)
        try container.encode(topology, forKey: .topology)
        try container.encode(memory, forKey: .memory)
        try container.encode(storage, forKey: .storage)
        try container.encode(network, forKey: .network)
        try container.encode(accelerators, forKey: .accelerators)
        try container.encode(counters, forKey: .counters)
        try container.encode(environment, forKey: .environment)
    }
}

extension Fact {
    /// The fact about a machine that is only described: nothing live can be known of it.
    static var notRunning: Fact<Value> {
        .unknown(reason: "not the running machine", source: "none asked")
    }
}
