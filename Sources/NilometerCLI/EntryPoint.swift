import ArgumentParser
import Benchmarks
import Glibc
import Synchronization

/// What `main` calls: parses, runs, and turns every error into one line and an exit code.
public enum EntryPoint {
    /// Runs the tool with the process's arguments and ends the process.
    public static func run() -> Never {
        // Where a benchmark started this process for a worker, it does nothing else.
        BenchmarkProcesses.runIfChild()
        // A closed pipe (`nilometer run | head`) must not end a run half-way.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try NilometerCommand.parseAsRoot()
            try command.run()
            guard !Terminal.outputHasFailed.load(ordering: .relaxed) else {
                throw Stop.cannot("cannot write everything to standard output")
            }
            exit(0)
        } catch let stop as Stop {
            report(stop.description)
            exit(stop.exitCode)
        } catch {
            end(with: error)
        }
    }

    /// Ends the process for an error that no verb has given an exit code.
    private static func end(with error: any Error) -> Never {
        let code = NilometerCommand.exitCode(for: error)
        if code.isSuccess { NilometerCommand.exit(withError: error) }
        // The parser's own code for bad usage is 64; the interface promises 2.
        if code == .validationFailure {
            report(NilometerCommand.message(for: error))
            exit(2)
        }
        // What is left is the world's doing: a full disk, a file that cannot be read.
        report("\(error)")
        exit(3)
    }

    private static func report(_ message: String) {
        Terminal.error("nilometer: \(message)")
    }
}
