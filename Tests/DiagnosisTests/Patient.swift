import Hardware
import Quantities

@testable import Diagnosis
@testable import Measurement

/// A machine in good health, of two cores, which tests make sick in one way at a time.
enum Patient {
    /// Everything known, nothing wrong.
    static func healthy() throws -> Examination {
        var machine = try Machine.detect(
            Machine.DetectionOptions(topology: .synthetic("pack:1 numa:1 core:2 pu:1")))
        machine.topology.allowedPUs = known([0, 1])
        machine.memory.total = known(.gibibytes(16))
        machine.memory.available = known(.gibibytes(8))
        machine.memory.transparentHugePages = known("madvise")
        machine.counters.perfEventParanoia = known(2)
        machine.counters.hardwareEvents = known(["PAPI_TOT_CYC"])
        machine.environment.virtualisation = known(.init(isVirtual: false))
        machine.environment.frequencyGovernors = known(["performance"])
        machine.environment.frequencyBoost = known(false)
        machine.environment.clockSource = known("tsc")
        machine.environment.isTickCounterInvariant = known(true)
        machine.environment.isolatedPUs = known([0, 1])
        machine.environment.ticklessPUs = known([0, 1])
        machine.environment.processorQuota = known(.unlimited)
        machine.environment.memoryLimit = known(.unlimited)
        machine.environment.isNUMABalancing = known(false)
        machine.environment.mitigations = known(["meltdown": "Not affected"])
        return Examination(
            machine: machine, processingUnits: [0, 1], settings: settings(),
            meanwhile: Meanwhile(
                duration: 1e9,
                units: [
                    .init(processingUnit: 0, busyShare: 1, stolen: 0),
                    .init(processingUnit: 1, busyShare: 1, stolen: 0),
                ], busyProcesses: [], throttled: nil, swappedPages: 0),
            jitter: [jitter(0), jitter(1)], work: [work(0), work(1)],
            placement: placement([100, 100, 100]))
    }

    static func settings() -> LiveSettings {
        LiveSettings(
            addressRandomisation: known(2), usedSwap: known(ByteCount(0)),
            largeBlockShare: known(0.8),
            space: known(.init(free: .gibibytes(50), total: .gibibytes(100))),
            costs: .init(timedRegion: 22, resolution: 1, kernelClock: 30, systemCall: 120))
    }

    static func known<Value>(_ value: Value) -> Fact<Value> { .known(value, source: "a test") }

    static func unknown<Value>() -> Fact<Value> {
        .unknown(reason: "nobody looked", source: "a test")
    }

    /// A second's watch of a core in which these gaps were found, in microseconds.
    static func jitter(
        _ unit: Int, gaps: [Double] = [3], events: JitterEvents = timer(1), backwards: Int = 0,
        switched: Bool = false
    ) -> JitterReading {
        var tally = JitterTally()
        tally.duration = 1e9
        tally.readings = 1_000_000
        tally.longest = (gaps.max() ?? 0.5) * 1e3
        tally.backwards = backwards
        tally.gaps = gaps.map { .init(length: $0 * 1e3, slice: 0) }
        if switched {
            tally.slices = [
                .init(slice: 0, involuntary: gaps.count, voluntary: 0, migrated: false)
            ]
        }
        return tally.reading(
            processingUnit: unit, elapsed: 1.1e9, loopCost: 0, threshold: 1000, events: events)
    }

    static func timer(_ count: Int) -> JitterEvents {
        JitterEvents(interrupts: [.init(source: "LOC", count: count)])
    }

    static func work(_ unit: Int, chain: Double = 1, wide: Double = 1) -> WorkReading {
        func rate(_ factor: Double) -> WorkReading.Rate {
            WorkReading.Rate(
                chunks: [Double](repeating: 100, count: 100)
                    + [Double](repeating: 100 * factor, count: 100))
        }
        return WorkReading(processingUnit: unit, chain: rate(chain), wide: rate(wide))
    }

    static func placement(_ trips: [Double]) -> PlacementReading {
        PlacementReading(
            first: 0, second: 1, duration: 1e9,
            readings: trips.map { FloorReading(loadRoundTrip: $0, exchangeRoundTrip: $0) })
    }
}
