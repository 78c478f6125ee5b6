import Glibc

/// The workers that this program can run in processes of their own, by name.
///
/// A program fills one and hands over first thing in its `main`:
///
/// ```swift
/// var registry = ProcessRegistry()
/// registry.register(Parser(), as: "parser")
/// registry.runIfChild()
/// // … the program.
/// ```
///
/// In a process that was started for a worker, `runIfChild` runs it and exits; in every other it
/// returns at once. A fork without an exec would be simpler and is not sound: the copy of a program
/// with threads has their locks, and not them.
public struct ProcessRegistry: Sendable {
    private struct Entry: Sendable {
        let name: String
        let run: @Sendable (consuming ProcessLink, String) -> Int32
    }

    private var entries: [Entry] = []

    /// The variables that tell a process what it was started for.
    static let nameVariable = "NILOMETER_PROCESS_WORKER"
    static let argumentVariable = "NILOMETER_PROCESS_ARGUMENT"

    /// Exit statuses that a process ends with before its worker runs, as sysexits(3) has them.
    enum Status {
        static let unknownName: Int32 = 64
        static let noMemory: Int32 = 71
        static let startFailed: Int32 = 70
    }

    /// No worker.
    public init() {}

    /// Adds `worker`. Names are unique, and hold no NUL.
    public mutating func register<Kind: ProcessWorker>(_ worker: Kind, as name: String) {
        precondition(
            !name.isEmpty && !name.utf8.contains(0) && !entries.contains { $0.name == name },
            "no second worker '\(name)'")
        entries.append(
            Entry(name: name) { link, argument in
                ProcessLoop(worker, link, argument).run()
            })
    }

    /// Runs the worker that this process was started for, and exits; returns at once where it was
    /// started for none. To be called first in `main`, on the main thread.
    public func runIfChild() {
        guard let name = Self.variable(Self.nameVariable) else { return }
        let argument = Self.variable(Self.argumentVariable) ?? ""
        // What this process starts is nobody's worker. Nobody else runs yet.
        unsafe unsetenv(Self.nameVariable)
        unsafe unsetenv(Self.argumentVariable)
        guard let entry = entries.first(where: { $0.name == name }) else {
            exit(Status.unknownName)
        }
        // Not for what the worker starts.
        for lane in [3, 4] as [Int32] { _ = fcntl(lane, F_SETFD, FD_CLOEXEC) }
        do throws(ProcessFailure) {
            // The starting process put them there: its lane, which can only be read, and this one's.
            let other = try SharedLane(inheriting: 3, isWritable: false)
            let own = try SharedLane(inheriting: 4, isWritable: true)
            let position = other.beginning.position
            exit(entry.run(ProcessLink(own: own, other: other, read: position), argument))
        } catch {
            exit(Status.noMemory)
        }
    }

    /// Whether this process was started for a worker and has not handed over.
    static var isChildNotHandedOver: Bool { variable(nameVariable) != nil }

    private static func variable(_ name: String) -> String? {
        // SAFETY: the text is copied before anything can change the environment.
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }
}
