// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target builds with strict memory safety, no warnings, and Swift 6 concurrency.
let strict: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// As `strict`, with the mistakes that tests plant into protocols: only debug builds know them.
let planted = strict + [.define("PLANTED_DEFECTS", .when(configuration: .debug))]

/// The commit that the tool says it was built from; `make` passes it, other builds leave it out.
let commit = Context.environment["NILOMETER_COMMIT"] ?? ""

/// A C library of the system, found by pkg-config where its package has a file for it, and installed
/// by apt.
func system(_ name: String, pkgConfig: String?, apt: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

func layer(
    _ name: String, _ dependencies: [Target.Dependency] = [],
    settings: [SwiftSetting] = strict
) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil,
    settings: [SwiftSetting] = strict
) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: [.target(name: name)] + dependencies,
        resources: resources,
        swiftSettings: settings)
}

let systemLibraries: [Target] = [
    system("CCrypto", pkgConfig: "libcrypto", apt: "libssl-dev"),
    system("CHTTPParser", pkgConfig: nil, apt: "libhttp-parser-dev"),
    system("CHwloc", pkgConfig: "hwloc", apt: "libhwloc-dev"),
    system("CNuma", pkgConfig: "numa", apt: "libnuma-dev"),
    system("CPapi", pkgConfig: "papi", apt: "libpapi-dev"),
    system("CUring", pkgConfig: "liburing", apt: "liburing-dev"),
    system("CXXHash", pkgConfig: "libxxhash", apt: "libxxhash-dev"),
    .target(
        name: "CNilometerShims",
        cSettings: [.define("_GNU_SOURCE"), .define("NILOMETER_COMMIT", to: "\"\(commit)\"")]),
]

let sharedGround: [Target] = [
    layer(
        "Hardware",
        ["CHwloc", "CNilometerShims", "CNuma", "CPapi", "CUring", "Quantities"]),
    layer("Quantities"),
    layer("Randomness"),
    layer("StateMachines", settings: planted),
    layer("Simulation", ["Randomness", "StateMachines"], settings: planted),
]

let engine: [Target] = [
    layer("Channels", ["CNilometerShims"]),
    layer("MemoryExplorer", ["Channels", "Randomness"]),
    layer(
        "SharedNothing",
        ["Channels", "CNilometerShims", "Hardware", "Quantities", "Randomness", "ShenRing"]),
    layer(
        "ShenRing",
        ["CNilometerShims", "CXXHash", "Quantities", "Randomness", "StateMachines"],
        settings: planted),
    layer("Checkers", ["Randomness", "StateMachines"], settings: planted),
    layer(
        "RingSimulation",
        ["Checkers", "Randomness", "ShenRing", "Simulation", "StateMachines"],
        settings: planted),
    layer(
        "Shen", ["CXXHash", "Quantities", "ShenRing", "StateMachines", "Storage"],
        settings: planted),
    layer(
        "LogSimulation",
        [
            "Quantities", "Randomness", "RingSimulation", "Shen", "ShenRing", "Simulation",
            "StateMachines", "Storage", "StorageFaults",
        ],
        settings: planted),
    layer("Pharaoh", ["CNilometerShims", "Quantities", "Storage"]),
    layer(
        "Network",
        [
            "CHTTPParser", "CNilometerShims", "CUring", "CXXHash", "Randomness", "StateMachines",
            "Storage",
        ]),
    layer(
        "NetworkNIO",
        [
            "Network", "StateMachines", "Storage",
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"),
            .product(name: "NIOSSL", package: "swift-nio-ssl"),
            .product(name: "NIOTLS", package: "swift-nio"),
        ]),
    layer(
        "Cluster",
        [
            "Network", "Quantities", "Randomness", "Shen", "ShenRing", "StateMachines", "Storage",
        ],
        settings: planted),
    layer(
        "Storage", ["Channels", "CNilometerShims", "CUring", "CXXHash", "Quantities"]),
    layer(
        "StorageEncryption", ["Storage", .product(name: "Crypto", package: "swift-crypto")]),
    layer("StorageFaults", ["Quantities", "Randomness", "Storage"]),
    layer(
        "FuzzTargets",
        [
            "Network", "Pharaoh", "Quantities", "SharedNothing", "Shen", "ShenRing",
            "StateMachines", "Storage",
        ]),
    .executableTarget(
        name: "FuzzProbe", dependencies: ["FuzzTargets"], swiftSettings: strict),
    .executableTarget(
        name: "RingProbe",
        dependencies: [
            "Checkers", "LogSimulation", "Randomness", "RingSimulation", "ShenRing",
            "StateMachines",
        ],
        swiftSettings: planted),
    .executableTarget(
        name: "StorageProbe", dependencies: ["Pharaoh", "Quantities", "Storage"],
        swiftSettings: strict),
    .executableTarget(
        name: "WorkerProbe", dependencies: ["SharedNothing"], swiftSettings: strict),
]

/// The gnuplot scripts of `plots/`, which `Sources/Reporting/Templates` links to.
let plotTemplates = [
    "balance", "contenders", "cost", "distribution", "durable", "heatmap", "history",
    "percentiles", "scaling", "style", "throughput", "timeline", "tradeoff", "verdicts",
]

let measurement: [Target] = [
    layer(
        "Claims",
        ["Measurement", "Quantities", "Runs", "Statistics", "StrictYAML", "Workloads"]),
    layer("Counters", ["CNilometerShims", "CPapi", "Hardware", "Quantities"]),
    layer("Diagnosis", ["Counters", "Hardware", "Measurement", "Quantities"]),
    layer(
        "Measurement",
        [
            "CNilometerShims", "Counters", "Hardware", "Quantities", "Randomness", "Statistics",
            .product(name: "Histogram", package: "hdrhistogram-swift"),
        ]),
    layer(
        "Regression",
        [
            "Counters", "Hardware", "Measurement", "Quantities", "Randomness", "Runs",
            "Statistics",
        ]),
    layer(
        "LoadGeneration",
        ["CNilometerShims", "Hardware", "Measurement", "Quantities", "Randomness", "Statistics"]),
    .target(
        name: "Reporting",
        dependencies: [
            "Counters", "Diagnosis", "Measurement", "Quantities", "Regression", "Runs",
            "Statistics",
        ],
        exclude: ["Templates/README.md", "Templates/hgrm.gp"],
        resources: plotTemplates.map { .embedInCode("Templates/\($0).gp") }
            + ["css", "js"].map { .embedInCode("HTML/page.\($0)") },
        swiftSettings: strict),
    layer(
        "Runs",
        ["CCrypto", "Counters", "Diagnosis", "Hardware", "Measurement", "Randomness", "Statistics"]),
    layer("Statistics", ["Randomness"]),
    layer("StrictYAML", ["Quantities", .product(name: "Yams", package: "Yams")]),
    layer("Workloads", ["Measurement", "Quantities", "StrictYAML"]),
]

/// What the engine is compared with.
let peers: [Target] = [
    .target(name: "CNetworkPeers", cSettings: [.define("_GNU_SOURCE")]),
    .target(name: "COrderedRing"),
    // As their authors would build them: several of the libraries check themselves in every operation
    // unless they are told not to. In debug builds too, so that what is tested is what is measured.
    .target(
        name: "CPeerRings", dependencies: ["CNilometerShims"],
        cxxSettings: [.define("NDEBUG")]),
    .target(name: "CPeerServers"),
    .target(name: "CStorePeers", cSettings: [.define("_GNU_SOURCE")]),
    layer("PeerServers", ["CPeerServers", "Hardware"]),
    layer("RingPeers", ["COrderedRing", "CXXHash", "ShenRing"]),
]

let roof: [Target] = [
    layer(
        "Benchmarks",
        [
            "Channels", "Checkers", "Cluster", "CNetworkPeers", "CNilometerShims", "Counters",
            "CPeerRings", "CStorePeers", "Hardware", "LoadGeneration", "LogSimulation",
            "Measurement", "Network", "NetworkNIO", "PeerServers", "Pharaoh", "Quantities",
            "Randomness", "RingPeers", "RingSimulation", "SharedNothing", "Shen", "ShenRing",
            "Simulation", "StateMachines", "Statistics", "Storage", "StorageFaults",
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"),
        ]),
    layer(
        "NilometerCLI",
        [
            "Benchmarks", "Claims", "CNilometerShims", "Counters", "Diagnosis", "Hardware",
            "Measurement", "Quantities", "Randomness", "Regression", "Reporting", "Runs",
            "StrictYAML", "Workloads",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ]),
    .executableTarget(name: "nilometer", dependencies: ["NilometerCLI"], swiftSettings: strict),
]

let testTargets: [Target] = [
    layer("TestSupport", ["Randomness"]),
    tests(
        "Benchmarks",
        [
            "Checkers", "Claims", "Cluster", "Counters", "Hardware", "LoadGeneration",
            "Measurement", "PeerServers", "Pharaoh", "Quantities", "Randomness",
            "RingSimulation", "ShenRing", "StateMachines", "Storage", "StorageFaults",
            "StrictYAML", "Workloads", "nilometer",
        ]),
    tests(
        "Cluster",
        [
            "Checkers", "Network", "NetworkNIO", "Quantities", "Randomness", "RingSimulation",
            "Shen", "ShenRing", "Simulation", "StateMachines", "Storage", "TestSupport",
            "nilometer",
        ],
        settings: planted),
    tests(
        "Claims", ["Measurement", "Quantities", "Randomness", "Runs", "StrictYAML", "Workloads"]),
    tests("Channels", ["CNilometerShims", "Randomness", "TestSupport"]),
    tests("Counters", ["CNilometerShims", "Hardware"]),
    tests("Diagnosis", ["Counters", "Hardware", "Measurement", "Quantities"]),
    tests("MemoryExplorer", ["Channels", "Randomness", "TestSupport"]),
    tests("Hardware", ["CHwloc", "Quantities"], resources: [.copy("Fixtures")]),
    tests("LoadGeneration", ["Measurement", "Quantities", "Randomness", "Statistics"]),
    tests("Measurement", ["CNilometerShims", "Counters", "Hardware", "Quantities", "Randomness"]),
    tests(
        "NilometerCLI",
        [
            "Counters", "Hardware", "Measurement", "Quantities", "Regression", "Runs",
            "SharedNothing", "TestSupport", "nilometer",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ]),
    tests("FuzzTargets", ["Randomness"], resources: [.copy("Inputs")]),
    tests("Network", ["NetworkNIO", "Randomness", "StateMachines", "Storage", "TestSupport"]),
    tests("PeerServers", ["Hardware"]),
    tests("Pharaoh", ["Quantities", "Randomness", "Storage", "StorageFaults", "TestSupport"]),
    tests("Quantities"),
    tests("Randomness"),
    tests(
        "Regression",
        ["Hardware", "Measurement", "Quantities", "Randomness", "Runs", "Statistics"]),
    tests(
        "Reporting",
        [
            "Diagnosis", "Hardware", "Measurement", "Quantities", "Randomness", "Regression",
            "Runs",
        ],
        resources: [.copy("Fixtures")]),
    tests(
        "Runs",
        [
            "Counters", "Diagnosis", "Hardware", "Measurement", "Quantities", "Randomness",
            .product(name: "Histogram", package: "hdrhistogram-swift"),
        ]),
    tests(
        "LogSimulation", ["Randomness", "RingSimulation", "TestSupport"], settings: planted),
    tests("RingPeers", ["ShenRing"]),
    tests("RingProbe", settings: planted),
    tests(
        "SharedNothing",
        [
            "Channels", "CNilometerShims", "Hardware", "Quantities", "Randomness", "ShenRing",
            "TestSupport", "WorkerProbe",
        ]),
    tests("Checkers", ["Randomness", "StateMachines", "TestSupport"], settings: planted),
    tests(
        "RingSimulation",
        ["Checkers", "Randomness", "ShenRing", "Simulation", "StateMachines", "TestSupport"],
        settings: planted),
    tests(
        "Shen",
        [
            "Quantities", "Randomness", "ShenRing", "StateMachines", "Storage", "StorageFaults",
            "TestSupport",
        ],
        settings: planted),
    tests(
        "ShenRing", ["CXXHash", "Quantities", "Randomness", "StateMachines", "TestSupport"],
        settings: planted),
    tests("Simulation", ["Randomness", "StateMachines", "TestSupport"], settings: planted),
    tests("StateMachines"),
    tests("Statistics", ["Randomness"], resources: [.copy("Fixtures")]),
    tests("Storage", ["Quantities", "Randomness", "StorageFaults", "TestSupport"]),
    tests("StorageEncryption", ["Storage", "TestSupport"]),
    tests(
        "StorageFaults", ["CXXHash", "Quantities", "Randomness", "Storage", "StorageProbe"]),
    tests("StrictYAML", ["Quantities"]),
    .testTarget(name: "TidyTests", swiftSettings: strict),
    tests("Workloads", ["Measurement", "Quantities", "StrictYAML"]),
]

let package = Package(
    name: "Nilometer",
    products: [
        .library(name: "Channels", targets: ["Channels"]),
        .library(name: "Cluster", targets: ["Cluster"]),
        .library(name: "MemoryExplorer", targets: ["MemoryExplorer"]),
        .library(name: "Hardware", targets: ["Hardware"]),
        .library(name: "Network", targets: ["Network"]),
        .library(name: "NetworkNIO", targets: ["NetworkNIO"]),
        .library(name: "Pharaoh", targets: ["Pharaoh"]),
        .library(name: "Quantities", targets: ["Quantities"]),
        .library(name: "Randomness", targets: ["Randomness"]),
        .library(name: "SharedNothing", targets: ["SharedNothing"]),
        .library(name: "ShenRing", targets: ["ShenRing"]),
        .library(name: "Checkers", targets: ["Checkers"]),
        .library(name: "RingSimulation", targets: ["RingSimulation"]),
        .library(name: "Shen", targets: ["Shen"]),
        .library(name: "Simulation", targets: ["Simulation"]),
        .library(name: "StateMachines", targets: ["StateMachines"]),
        .library(name: "Storage", targets: ["Storage"]),
        .library(name: "StorageEncryption", targets: ["StorageEncryption"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: systemLibraries + sharedGround + engine + measurement + peers + roof + testTargets,
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx20
)
