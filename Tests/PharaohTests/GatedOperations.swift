import Glibc
import Storage
import StorageFaults
import Synchronization

/// Where syncs wait until a test lets them go on.
final class SyncGate: Sendable {
    private let isOpen = Atomic(true)
    private let entered = Atomic(0)

    func shut() { isOpen.store(false, ordering: .releasing) }
    func open() { isOpen.store(true, ordering: .releasing) }

    /// Whether a sync waits.
    var hasWaiter: Bool { entered.load(ordering: .acquiring) > 0 }

    /// Waits until a sync waits.
    func awaitSync() { while !hasWaiter { sched_yield() } }

    fileprivate func pass() {
        entered.add(1, ordering: .acquiringAndReleasing)
        while !isOpen.load(ordering: .acquiring) { sched_yield() }
        entered.subtract(1, ordering: .acquiringAndReleasing)
    }
}

/// Simulated file operations whose syncs pass a gate.
struct GatedOperations: FileOperations, ~Copyable {
    private var base: SimulatedOperations
    private let gate: SyncGate

    init(on machine: SimulatedFileSystem, _ gate: SyncGate) {
        base = SimulatedOperations(on: machine)
        self.gate = gate
    }

    mutating func sync(_ file: Int32) throws(StepFailure) {
        gate.pass()
        try base.sync(file)
    }

    func open(_ path: String, flags: Int32, permissions: UInt32) throws(StepFailure) -> Int32 {
        try base.open(path, flags: flags, permissions: permissions)
    }

    func size(of file: Int32) throws(StepFailure) -> UInt64 { try base.size(of: file) }
    func lock(_ file: Int32) throws(StepFailure) { try base.lock(file) }

    func syncDirectory(of path: String) throws(StepFailure) {
        try base.syncDirectory(of: path)
    }

    func syncDirectory(at path: String) throws(StepFailure) {
        try base.syncDirectory(at: path)
    }

    func makeDirectory(_ path: String, permissions: UInt32) throws(StepFailure) {
        try base.makeDirectory(path, permissions: permissions)
    }

    func entries(ofDirectory path: String) throws(StepFailure) -> [String] {
        try base.entries(ofDirectory: path)
    }

    func rename(_ path: String, to newPath: String) throws(StepFailure) {
        try base.rename(path, to: newPath)
    }

    func remove(_ path: String) throws(StepFailure) { try base.remove(path) }

    func allocated(for file: Int32) throws(StepFailure) -> UInt64 {
        try base.allocated(for: file)
    }

    func truncate(_ file: Int32, to length: UInt64) throws(StepFailure) {
        try base.truncate(file, to: length)
    }

    func dropCache(of file: Int32) throws(StepFailure) { try base.dropCache(of: file) }

    func close(_ file: Int32) throws(StepFailure) { try base.close(file) }

    mutating func read(
        _ count: Int, into buffer: inout IOBuffer, from file: Int32, at offset: UInt64
    ) throws(StepFailure) -> Int {
        try base.read(count, into: &buffer, from: file, at: offset)
    }

    mutating func write(
        _ buffer: inout IOBuffer, part: Range<Int>, to file: Int32, at offset: UInt64,
        thenSync: Bool
    ) throws(StepFailure) -> WriteOutcome {
        try base.write(&buffer, part: part, to: file, at: offset, thenSync: thenSync)
    }
}
