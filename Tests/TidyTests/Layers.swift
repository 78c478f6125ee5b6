/// A target and what it may import: the picture of docs/ARCHITECTURE.md as data.
struct Layer {
    enum Column: String {
        case library = "C"
        case ground = "shared ground"
        case engine
        case measurement
        case peers
        case roof
    }

    let target: String
    let column: Column
    /// Modules of this package.
    let imports: Set<String>
    /// Modules of other packages.
    var packages: Set<String> = []
    /// Modules of this package that its tests alone may import.
    var testImports: Set<String> = []
    /// Why there is no `Tests/<target>Tests`; nil where there is.
    var untested: String?

    /// Modules of the toolchain that this target alone of its column may import, since the interface
    /// of a package it is for is made of their types.
    var exempt: Set<String> = []

    /// What the toolchain brings. The engine and the shared ground do without Foundation.
    var toolchain: Set<String> { columnToolchain.union(exempt) }

    private var columnToolchain: Set<String> {
        switch column {
        case .library: []
        case .ground, .engine: ["Glibc", "Synchronization"]
        case .peers: ["Glibc"]
        case .measurement, .roof: ["Glibc", "Synchronization", "Foundation"]
        }
    }
}

extension Layer {
    /// What every test may import, and no source.
    static let testSupport = "TestSupport"
    private static let shims = "CNilometerShims"
    private static let ground: Set = ["Quantities", "Randomness", "Hardware"]
    private static let engine: Set = [
        "Channels", "MemoryExplorer", "Storage", "ShenRing", "SharedNothing",
        "StorageFaults", "Pharaoh", "Checkers", "Shen", "RingSimulation", "Network", "NetworkNIO",
        "Cluster",
    ]
    /// What protocols are made of, and run by.
    private static let protocols: Set = ["Randomness", "StateMachines"]
    /// Bottom up as well.
    private static let measurement = [
        "Statistics", "Counters", "Measurement", "LoadGeneration", "Diagnosis",
        "StrictYAML", "Workloads", "Runs", "Regression", "Reporting", "Claims",
    ]

    /// Bottom up: a row names only rows above it in this list, so nothing goes round in circles.
    static let all: [Layer] =
        ["CCrypto", "CHTTPParser", "CHwloc", "CNuma", "CPapi", "CUring", "CXXHash", shims].map {
            Layer(
                target: $0, column: .library, imports: [],
                untested: "declarations of C, tested through what imports them")
        }
        + [
            Layer(
                target: "CStorePeers", column: .library, imports: [],
                untested: "stores of others, loaded at run time by what measures them")
        ]
        + [
            Layer(
                target: "CNetworkPeers", column: .library, imports: [],
                untested: "servers and a client in C, tried by what measures with them")
        ]
        + ["COrderedRing", "CPeerRings"].map {
            Layer(
                target: $0, column: .library, imports: [],
                untested: "rings of others, tested through what runs them")
        }
        + [
            Layer(
                target: "CPeerServers", column: .library, imports: [],
                untested: "the guard of servers, tested through what starts them")
        ]
        + [
            Layer(target: "Quantities", column: .ground, imports: []),
            Layer(target: "Randomness", column: .ground, imports: []),
            Layer(
                target: "Hardware", column: .ground,
                imports: ["CHwloc", "CNuma", "CPapi", "CUring", shims, "Quantities", "Randomness"]),

            Layer(target: "StateMachines", column: .ground, imports: []),
            Layer(target: "Simulation", column: .ground, imports: protocols),
            Layer(
                target: testSupport, column: .ground, imports: ["Randomness"],
                untested: "what tests share, tried by all of them", exempt: ["Foundation"]),

            Layer(target: "Channels", column: .engine, imports: ground.union([shims])),
            Layer(
                target: "MemoryExplorer", column: .engine, imports: ["Channels", "Randomness"]),
            Layer(
                target: "Storage", column: .engine,
                imports: ground.union(["CUring", "CXXHash", shims, "Channels"]),
                testImports: ["StorageFaults"]),
            Layer(
                target: "StorageEncryption", column: .engine, imports: ["Storage"],
                packages: ["Crypto"], exempt: ["FoundationEssentials"]),
            Layer(
                target: "StorageFaults", column: .engine,
                imports: ground.union(["Storage"])),
            Layer(
                target: "Pharaoh", column: .engine,
                imports: ground.union([shims, "Storage"]), testImports: ["StorageFaults"]),
            Layer(
                target: "ShenRing", column: .engine,
                imports: ground.union(protocols).union(["CXXHash", shims, "Channels"])),
            Layer(target: "Checkers", column: .engine, imports: protocols),
            Layer(
                target: "RingSimulation", column: .engine,
                imports: protocols.union(["Checkers", "ShenRing", "Simulation"])),
            Layer(
                target: "Shen", column: .engine,
                imports: ground.union(protocols).union(["CXXHash", "ShenRing", "Storage"]),
                testImports: ["StorageFaults"]),
            Layer(
                target: "LogSimulation", column: .engine,
                imports: ground.union(protocols).union([
                    "RingSimulation", "Shen", "ShenRing", "Simulation", "Storage",
                    "StorageFaults",
                ])),
            Layer(
                target: "RingProbe", column: .engine,
                imports: protocols.union([
                    "Checkers", "LogSimulation", "RingSimulation", "ShenRing",
                ])),
            Layer(
                target: "Network", column: .engine,
                imports: ground.union(["CHTTPParser", "CUring", "CXXHash", shims])
                    .union(["StateMachines", "Storage"]),
                testImports: ["NetworkNIO"]),
            Layer(
                target: "NetworkNIO", column: .engine,
                imports: ["Network", "StateMachines", "Storage"],
                packages: ["NIOCore", "NIOPosix", "NIOSSL", "NIOTLS"],
                untested: "the tests of Network run over it as they do over the ring"),
            Layer(
                target: "Cluster", column: .engine,
                imports: ground.union(protocols).union(["Network", "Shen", "ShenRing", "Storage"]),
                testImports: ["Checkers", "NetworkNIO", "RingSimulation", "Simulation"]),
            Layer(
                target: "SharedNothing", column: .engine,
                imports: ground.union([shims, "Channels", "ShenRing"])),
            Layer(
                target: "FuzzTargets", column: .engine,
                imports: ground.union([
                    "Network", "Pharaoh", "SharedNothing", "Shen", "ShenRing", "StateMachines",
                    "Storage",
                ])),
            Layer(
                target: "FuzzProbe", column: .engine, imports: ["FuzzTargets"],
                untested: "a program that a fuzzer is linked to"),
            Layer(
                target: "StorageProbe", column: .engine,
                imports: ["Pharaoh", "Quantities", "Storage"],
                untested: "a program that the tests of kills and power cuts start, and end"),
            Layer(
                target: "WorkerProbe", column: .engine, imports: ["SharedNothing"],
                untested: "workers that the tests of processes start, and end"),

            below("Statistics", libraries: []),
            below("Counters", libraries: ["CPapi", shims]),
            below("Measurement", libraries: [shims], packages: ["Histogram"]),
            below("LoadGeneration", libraries: [shims]),
            below("Diagnosis", libraries: []),
            below("StrictYAML", libraries: [], packages: ["Yams"]),
            below("Workloads", libraries: []),
            below("Runs", libraries: ["CCrypto"]),
            below("Regression", libraries: []),
            below("Reporting", libraries: []),
            below("Claims", libraries: []),

            Layer(
                target: "RingPeers", column: .peers,
                imports: ground.union(["COrderedRing", "CXXHash", "ShenRing"])),

            Layer(
                target: "PeerServers", column: .peers,
                imports: ground.union(["CPeerServers"])),

            Layer(
                target: "Benchmarks", column: .roof,
                imports: ground.union(engine).union(measurement)
                    .union(["LogSimulation", "Simulation", "StateMachines"])
                    .union(["RingPeers", "PeerServers", "CPeerRings", "CStorePeers"])
                    .union(["CNetworkPeers", shims]),
                packages: ["NIOCore", "NIOPosix"]),
            Layer(
                target: "NilometerCLI", column: .roof,
                imports: ground.union(measurement).union(["Benchmarks", shims]),
                packages: ["ArgumentParser"]),
            Layer(
                target: "nilometer", column: .roof, imports: ["NilometerCLI"],
                untested: "@main and nothing else"),
        ]

    /// A target of the measurement column: it may import the ground and those before it.
    private static func below(
        _ target: String, libraries: Set<String>, packages: Set<String> = []
    ) -> Layer {
        Layer(
            target: target, column: .measurement,
            imports: ground.union(libraries).union(measurement.prefix { $0 != target }),
            packages: packages)
    }

    static func of(_ target: String) -> Layer? { all.first { $0.target == target } }
}
