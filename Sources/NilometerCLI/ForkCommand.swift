import ArgumentParser
import Benchmarks
import CNilometerShims
import Foundation
import Glibc
import Measurement

/// Serves one request of a run in this process. Not for people: `run` starts it.
struct ForkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: ForkProcess.verb,
        abstract: "Measure one request of a run (started by `run`).", shouldDisplay: false)

    @Argument(help: "File that holds the request.")
    var request: String

    @Argument(help: "File to write the record to.")
    var record: String

    func run() throws {
        // A run that is killed takes its fork with it.
        guard nilometer_die_with_parent() == 0 else {
            throw Stop.cannot("this kernel cannot tie a process to its parent (prctl)")
        }
        do {
            let data = try Data(contentsOf: URL(fileURLWithPath: request))
            let decoded = try JSONDecoder().decode(ForkRequest.self, from: data)
            // The tie does not hold for a parent that ended before it was made.
            if let parent = decoded.parent, parent != getppid() {
                throw Stop.cannot("the run that started this fork has ended")
            }
            let found = try ForkExecution.run(decoded, among: BenchmarkCatalogue.all)
            try JSONEncoder().encode(found).write(to: URL(fileURLWithPath: record))
        } catch let stop as Stop {
            throw stop
        } catch let failure as CommandFailure {
            throw Stop.badInput("\(failure)")
        } catch {
            throw Stop.cannot("\(error)")
        }
    }
}
