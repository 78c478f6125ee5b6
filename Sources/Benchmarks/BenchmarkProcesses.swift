import SharedNothing
import Synchronization

/// The processes that benchmarks start of this very program.
public enum BenchmarkProcesses {
    /// The workers that it runs in processes of their own, by name.
    static let counter = "benchmark-counter"

    /// The program that is started: this one, unless a program that does not serve them, such as a
    /// test, names another.
    static let program = Mutex("/proc/self/exe")

    static var currentProgram: String { program.withLock { $0 } }

    /// Runs a worker and exits where this process was started for one; to be called first in `main`.
    public static func runIfChild() {
        var registry = ProcessRegistry()
        registry.register(CountingProcess(), as: counter)
        registry.runIfChild()
    }
}
