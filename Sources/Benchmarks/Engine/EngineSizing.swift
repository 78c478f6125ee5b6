import Hardware
import Measurement
import Quantities

/// What the engine configures by itself on a machine: a computation from hwloc's facts.
enum EngineSizing: Benchmark {
    static let description = BenchmarkDescription(
        name: "engine.configuration",
        summary: "the configuration that follows from a machine without any being given: this "
            + "one, or one that hwloc makes from a description",
        parameters: [
            ParameterSpecification(
                "machine",
                "this machine; the example of the source document (24 cores on 2 nodes with 2 "
                    + "accelerators); or that many cores on one node",
                .choice(["this", "example", "cores-16", "cores-17"]), default: "this")
        ],
        metrics: [
            MetricSpecification(
                "cores", .count(of: "cores"), .neither, .exact, "physical cores to be used"),
            MetricSpecification(
                "application-workers", .count(of: "workers"), .neither, .exact,
                "workers that run the application"),
            MetricSpecification(
                "io-workers", .count(of: "workers"), .neither, .exact, "workers that do I/O"),
            MetricSpecification(
                "accelerator-workers", .count(of: "workers"), .neither, .exact,
                "workers that feed accelerators"),
            MetricSpecification(
                "application-share", .percent, .neither, .exact,
                "application workers over cores"),
            MetricSpecification(
                "io-workers-per-node", .count(of: "workers"), .neither, .exact,
                "I/O workers over NUMA nodes"),
            MetricSpecification(
                "channel-capacity", .count(of: "messages"), .neither, .exact,
                "capacity of a channel"),
            MetricSpecification(
                "affinity", .count(of: "switch"), .neither, .exact, "1 when threads are bound"),
            MetricSpecification(
                "numa-aware", .count(of: "switch"), .neither, .exact,
                "1 when memory is taken from the worker's node"),
            MetricSpecification(
                "io-uring", .count(of: "switch"), .neither, .exact,
                "1 when storage goes through io_uring"),
        ],
        processingUnits: 0,
        floor: "none: a computation")

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let machine = try machine(context.text("machine"), context.request.directory.path)
        // No argument but the machine, which the engine detects by itself.
        let configuration = EngineConfiguration.automatic(for: machine)
        let parameters = recorder.figureParameters()
        func record(_ metric: String, _ value: Int) {
            recorder.record(metric, parameters, samples: [Double(value)])
        }
        if let cores = machine.usableCoreCount.value {
            record("cores", cores)
            recorder.record(
                "application-share", parameters,
                samples: [Double(configuration.applicationWorkers.value) / Double(cores) * 100])
        }
        if let nodes = machine.topology.nodes.value?.count, nodes > 0 {
            recorder.record(
                "io-workers-per-node", parameters,
                samples: [Double(configuration.ioWorkers.value) / Double(nodes)])
        }
        record("application-workers", configuration.applicationWorkers.value)
        record("io-workers", configuration.ioWorkers.value)
        record("accelerator-workers", configuration.acceleratorWorkers.value)
        record("channel-capacity", configuration.channelCapacity.value)
        record("affinity", configuration.isAffinityOn.value ? 1 : 0)
        record("numa-aware", configuration.isNUMAAware.value ? 1 : 0)
        record("io-uring", configuration.storageEngine.value == .ioUring ? 1 : 0)
        for why in [
            configuration.applicationWorkers.why, configuration.ioWorkers.why,
            configuration.acceleratorWorkers.why, configuration.storageEngine.why,
        ] {
            recorder.note(why)
        }
    }

    private static func machine(_ name: String, _ directory: String) throws -> Machine {
        switch name {
        case "this":
            return try Machine.detect(
                Machine.DetectionOptions(measuredDirectory: directory))
        case "example":
            var machine = try described("pack:2 numa:1 core:12 pu:1")
            // hwloc's descriptions hold no devices; the example's two are added.
            machine.accelerators.devices = .known(
                (1...2).map { card in
                    Machine.Accelerator(
                        address: "0000:0\(card):00.0", kind: .gpu, identity: "described",
                        name: .known("described", source: "the example"),
                        driver: .known("described", source: "the example"),
                        node: .known(card - 1, source: "the example"))
                }, source: "the example")
            return machine
        case "cores-16": return try described("pack:1 numa:1 core:16 pu:1")
        case "cores-17": return try described("pack:1 numa:1 core:17 pu:1")
        default: preconditionFailure("machine '\(name)' was accepted but does not exist")
        }
    }

    private static func described(_ text: String) throws -> Machine {
        try Machine.detect(Machine.DetectionOptions(topology: .synthetic(text)))
    }
}
