import Glibc

@testable import Storage

/// A step that was asked of the file operations.
enum Step: Hashable {
    case open
    case size
    case lock
    case syncDirectory
    case write(offset: UInt64, count: Int)
    case sync
    case truncate(length: UInt64)
    case close

    /// The steps that faults are aimed at.
    enum Kind: Hashable { case open, lock, syncDirectory, write, sync, truncate, close }
}

/// What goes wrong instead of a step.
enum Fault: Equatable {
    /// The step is refused and does nothing.
    case error(Int32)
    /// A write takes only this many bytes.
    case short(Int)
    /// A sync that was linked to a write does not run.
    case skip
    /// A write is refused, and so is the sync that was linked to it and ran all the same: the kernel
    /// took the two apart.
    case severed(Int32, sync: Int32)
    /// The ring fails and keeps the buffer of a write.
    case lost
}

/// What a test wants to go wrong, and what was asked for: shared by a test and its operations.
final class FaultScript: @unchecked Sendable {
    // Sendable: everything that changes is guarded by `lock`.
    private struct Rule {
        let kind: Step.Kind
        let fault: Fault
        var remaining: Int
    }

    private let lock = WaitLock()
    private let changed = WaitCondition()
    private var rules: [Rule] = []
    private var log: [Step] = []
    private var syncsAreHeld = false
    private var heldSyncs = 0

    /// From now on, lets the next `times` steps of `kind` end in `fault`.
    func inject(_ fault: Fault, on kind: Step.Kind, times: Int = 1) {
        locked { rules.append(Rule(kind: kind, fault: fault, remaining: times)) }
    }

    /// Lets everything succeed from now on.
    func heal() { locked { rules = [] } }

    /// What was asked for so far.
    var steps: [Step] { locked { log } }

    /// How many syncs were asked for so far.
    var syncs: Int { steps.count { $0 == .sync } }

    /// Forgets what was asked for.
    func clear() { locked { log = [] } }

    /// Lets syncs, those of a store's directory among them, wait until `releaseSyncs`.
    func holdSyncs() { locked { syncsAreHeld = true } }

    /// Waits until a sync waits.
    func awaitHeldSync() {
        locked { while heldSyncs == 0 { changed.wait(lock) } }
    }

    /// Lets syncs go on.
    func releaseSyncs() {
        locked {
            syncsAreHeld = false
            changed.broadcast()
        }
    }

    fileprivate func note(_ step: Step) { locked { log.append(step) } }

    fileprivate func fault(for kind: Step.Kind) -> Fault? {
        locked {
            guard let index = rules.firstIndex(where: { $0.kind == kind && $0.remaining > 0 })
            else {
                return nil
            }
            rules[index].remaining -= 1
            return rules[index].fault
        }
    }

    fileprivate func passSync() {
        locked {
            heldSyncs += 1
            changed.broadcast()
            while syncsAreHeld { changed.wait(lock) }
            heldSyncs -= 1
        }
    }

    private func locked<Value>(_ body: () -> Value) -> Value {
        lock.lock()
        defer { lock.unlock() }
        return body()
    }
}

/// Real file operations that keep a log and fail as a script says.
struct FaultyOperations: FileOperations, ~Copyable {
    private var base: SystemOperations
    private let script: FaultScript

    init(_ engine: AppendFile.EngineChoice, script: FaultScript) throws(StorageError) {
        base = try SystemOperations(for: engine, threads: .any, path: "a file under test")
        self.script = script
    }

    private func check(
        _ kind: Step.Kind, _ operation: StorageError.Operation
    ) throws(StepFailure) {
        if case .error(let code) = script.fault(for: kind) {
            throw .refused(operation, ErrorNumber(code: code))
        }
    }

    func open(_ path: String, flags: Int32, permissions: UInt32) throws(StepFailure) -> Int32 {
        script.note(.open)
        try check(.open, .open)
        return try base.open(path, flags: flags, permissions: permissions)
    }

    func size(of file: Int32) throws(StepFailure) -> UInt64 {
        script.note(.size)
        return try base.size(of: file)
    }

    func lock(_ file: Int32) throws(StepFailure) {
        script.note(.lock)
        try check(.lock, .lock)
        try base.lock(file)
    }

    func syncDirectory(of path: String) throws(StepFailure) {
        script.note(.syncDirectory)
        try check(.syncDirectory, .syncDirectory)
        try base.syncDirectory(of: path)
    }

    func syncDirectory(at path: String) throws(StepFailure) {
        script.note(.syncDirectory)
        script.passSync()
        try check(.syncDirectory, .syncDirectory)
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

    mutating func read(
        _ count: Int, into buffer: inout IOBuffer, from file: Int32, at offset: UInt64
    ) throws(StepFailure) -> Int {
        try base.read(count, into: &buffer, from: file, at: offset)
    }

    func truncate(_ file: Int32, to length: UInt64) throws(StepFailure) {
        script.note(.truncate(length: length))
        try check(.truncate, .truncate)
        try base.truncate(file, to: length)
    }

    func dropCache(of file: Int32) throws(StepFailure) { try base.dropCache(of: file) }

    func close(_ file: Int32) throws(StepFailure) {
        script.note(.close)
        // A close that fails has closed the file all the same.
        try base.close(file)
        try check(.close, .close)
    }

    mutating func write(
        _ buffer: inout IOBuffer, part: Range<Int>, to file: Int32, at offset: UInt64,
        thenSync: Bool
    ) throws(StepFailure) -> WriteOutcome {
        script.note(.write(offset: offset, count: part.count))
        switch script.fault(for: .write) {
        case .error(let code):
            return WriteOutcome(write: .failure(ErrorNumber(code: code)), sync: .skipped)
        case .short(let count):
            // What the kernel does: a short write breaks the chain.
            return try base.write(
                &buffer, part: part.prefix(count), to: file, at: offset, thenSync: false)
        case .severed(let code, let sync):
            return WriteOutcome(
                write: .failure(ErrorNumber(code: code)),
                sync: .failed(ErrorNumber(code: sync)))
        case .lost:
            _ = buffer.take()
            throw .refused(.submit, ErrorNumber(code: EBADF))
        case .skip: preconditionFailure("a write cannot be skipped")
        case nil: break
        }
        guard thenSync else {
            return try base.write(&buffer, part: part, to: file, at: offset, thenSync: false)
        }
        script.note(.sync)
        script.passSync()
        switch script.fault(for: .sync) {
        case nil: return try base.write(&buffer, part: part, to: file, at: offset, thenSync: true)
        case .error(let code):
            var outcome = try base.write(
                &buffer, part: part, to: file, at: offset, thenSync: false)
            outcome.sync = .failed(ErrorNumber(code: code))
            return outcome
        case .skip:
            return try base.write(&buffer, part: part, to: file, at: offset, thenSync: false)
        case .short, .severed, .lost: preconditionFailure("a sync cannot end so")
        }
    }

    mutating func sync(_ file: Int32) throws(StepFailure) {
        script.note(.sync)
        script.passSync()
        try check(.sync, .sync)
        try base.sync(file)
    }
}
