import ArgumentParser
import Benchmarks
import CNilometerShims
import Measurement

/// Increments counters as the benchmark `storage.scaling` orders. Not for people: a fork starts it.
struct CounterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: CounterWorker.verb,
        abstract: "Increment counters when told to (started by a fork).", shouldDisplay: false)

    @Argument(help: "Processing unit to be bound to.")
    var processingUnit: Int

    @Argument(help: "Counters to open, each KIND=PATH.")
    var counters: [String]

    func run() throws {
        // A fork that is killed takes its processes with it.
        guard nilometer_die_with_parent() == 0 else {
            throw Stop.cannot("this kernel cannot tie a process to its parent (prctl)")
        }
        do {
            try CounterWorker.serve(processingUnit: processingUnit, counters: counters)
        } catch {
            throw Stop.cannot("\(error)")
        }
    }
}
