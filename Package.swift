// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target builds with strict memory safety, no warnings, and Swift 6 concurrency.
let strict: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// A C library of the system, found by pkg-config and installed by apt.
func system(_ name: String, pkgConfig: String, apt: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

func layer(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil
) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: [.target(name: name)] + dependencies,
        resources: resources,
        swiftSettings: strict)
}

let systemLibraries: [Target] = [
    system("CHwloc", pkgConfig: "hwloc", apt: "libhwloc-dev"),
    system("CNuma", pkgConfig: "numa", apt: "libnuma-dev"),
    system("CPapi", pkgConfig: "papi", apt: "libpapi-dev"),
    system("CUring", pkgConfig: "liburing", apt: "liburing-dev"),
    system("CXXHash", pkgConfig: "libxxhash", apt: "libxxhash-dev"),
    .target(name: "CNilometerShims", cSettings: [.define("_GNU_SOURCE")]),
]

let sharedGround: [Target] = [
    layer("Quantities"),
    layer("Randomness"),
]

let engine: [Target] = []

let measurement: [Target] = [
    layer("Counters"),
    layer(
        "Measurement",
        [
            "CNilometerShims", "Counters", "Quantities", "Randomness",
            .product(name: "Histogram", package: "hdrhistogram-swift"),
        ]),
    layer("Runs", ["Counters", "Measurement"]),
    layer("Statistics", ["Randomness"]),
]

let roof: [Target] = []

let testTargets: [Target] = [
    tests("Counters"),
    tests("Measurement", ["Quantities", "Randomness"]),
    tests("Quantities"),
    tests("Randomness"),
    tests("Runs", ["Measurement"]),
    tests("Statistics", ["Randomness"], resources: [.copy("Fixtures")]),
]

let package = Package(
    name: "Nilometer",
    products: [
        .library(name: "Quantities", targets: ["Quantities"]),
        .library(name: "Randomness", targets: ["Randomness"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: systemLibraries + sharedGround + engine + measurement + roof + testTargets,
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx20
)
