import ArgumentParser
import Randomness

/// The options of every verb that measures workloads: for how long, on what, and where to write.
struct SessionOptions: ParsableArguments {
    @Option(help: "Time for all measurements, such as 90s; times are scaled to fit.")
    var budget: String?

    @Option(
        help: """
            Counters to read beside the figures, separated by commas: presets of PAPI or short \
            names of them, events of the kernel, of PAPI's components or of the engine (see \
            'list counters').
            """)
    var counters: String?

    @Option(
        help: """
            Processing units to measure on, separated by commas; a pair that is near each other \
            when not given.
            """)
    var cpus: String?

    @Option(help: "Seed of all that is random; drawn and printed when not given.")
    var seed: UInt64?

    @Option(help: "Directory that storage workloads write to.")
    var path = "."

    @Option(help: "Directory of the runs' folders.")
    var out = "Results"

    /// The seed that was given, or one drawn for this run.
    var chosenSeed: Seed { Seed(seed ?? UInt64.random(in: 0...UInt64(UInt32.max))) }
}
