import Measurement

/// Reads at random places of a file, engines side by side, with fio beside them.
enum StorageRead: Benchmark {
    static let description = BenchmarkDescription(
        name: "storage.read",
        summary: "reads at random places of a file, by engine, depth, block size and access, "
            + "engines side by side and fio beside them",
        parameters: TransferMeasurement.parameters(
            TransferContender.readers, default: "io_uring,pread"),
        metrics: TransferMeasurement.metrics,
        processingUnits: 1,
        floor: "the device's read, or the copy of a block that is in memory",
        isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        try TransferMeasurement.measure(
            .reading, isDurable: false, in: context, into: &recorder)
    }
}

/// Overwrites at random places of a file, engines side by side, with fio beside them.
enum StorageWrite: Benchmark {
    static let description = BenchmarkDescription(
        name: "storage.write",
        summary: "overwrites at random places of a file, by engine, depth, block size, access and "
            + "durability, engines side by side and fio beside them",
        parameters: TransferMeasurement.parameters(
            TransferContender.writers, default: "io_uring,pwrite") + [
                ParameterSpecification(
                    "sync",
                    "whether a write is done when the device or the page cache has it (none) or "
                        + "when it is durable (each)",
                    .choice(["none", "each"]), default: "none")
            ],
        metrics: TransferMeasurement.metrics,
        processingUnits: 1,
        floor: "the device's write, or the copy of a block into memory; the device's sync",
        isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        try TransferMeasurement.measure(
            .writing, isDurable: context.text("sync") == "each", in: context, into: &recorder)
    }
}
