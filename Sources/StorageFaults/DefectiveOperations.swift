import Glibc
import Storage

/// File operations with a mistake in them: what a careless caller would make of the right ones.
package struct DefectiveOperations: FileOperations, ~Copyable {
    private var base: SimulatedOperations
    private let machine: SimulatedFileSystem
    private let defect: PlantedDefect?
    private let window: DefectWindow?

    /// The operations of a new opener, with `defect` if there is to be one.
    package init(
        _ defect: PlantedDefect?, on machine: SimulatedFileSystem, in window: DefectWindow? = nil
    ) {
        base = SimulatedOperations(on: machine)
        self.machine = machine
        self.defect = defect
        self.window = window
    }

    package func open(
        _ path: String, flags: Int32, permissions: UInt32
    ) throws(StepFailure) -> Int32 {
        try base.open(path, flags: flags, permissions: permissions)
    }

    package func size(of file: Int32) throws(StepFailure) -> UInt64 { try base.size(of: file) }

    package func lock(_ file: Int32) throws(StepFailure) {
        do throws(StepFailure) {
            try base.lock(file)
        } catch .locked where defect == .lockIgnored {
        } catch {
            throw error
        }
    }

    package func syncDirectory(of path: String) throws(StepFailure) {
        if defect != .directoryNeverSynced { try base.syncDirectory(of: path) }
    }

    package func syncDirectory(at path: String) throws(StepFailure) {
        if defect != .directoryNeverSynced { try base.syncDirectory(at: path) }
    }

    package func makeDirectory(_ path: String, permissions: UInt32) throws(StepFailure) {
        try base.makeDirectory(path, permissions: permissions)
    }

    package func entries(ofDirectory path: String) throws(StepFailure) -> [String] {
        try base.entries(ofDirectory: path)
    }

    package func rename(_ path: String, to newPath: String) throws(StepFailure) {
        if defect == .replacedInTwoSteps { try? base.remove(newPath) }
        try base.rename(path, to: newPath)
    }

    package func remove(_ path: String) throws(StepFailure) { try base.remove(path) }

    package func allocated(for file: Int32) throws(StepFailure) -> UInt64 {
        try base.allocated(for: file)
    }

    package func truncate(_ file: Int32, to length: UInt64) throws(StepFailure) {
        try base.truncate(file, to: length)
    }

    package func dropCache(of file: Int32) throws(StepFailure) {
        if defect != .cacheBelievedAfterFailedSync { try base.dropCache(of: file) }
    }

    package func close(_ file: Int32) throws(StepFailure) { try base.close(file) }

    package mutating func read(
        _ count: Int, into buffer: inout IOBuffer, from file: Int32, at offset: UInt64
    ) throws(StepFailure) -> Int {
        do throws(StepFailure) {
            let done = try base.read(count, into: &buffer, from: file, at: offset)
            return done
        } catch .refused(.read, ErrorNumber(code: EIO)) where defect == .readErrorTakenForEnd {
            return 0
        } catch {
            throw error
        }
    }

    package mutating func write(
        _ buffer: inout IOBuffer, part: Range<Int>, to file: Int32, at offset: UInt64,
        thenSync: Bool
    ) throws(StepFailure) -> WriteOutcome {
        if thenSync && defect == .syncedBeforeWritten { try? base.sync(file) }
        if !thenSync, defect == .shownTakenForWritten, shows(buffer, part, of: file, at: offset) {
            return WriteOutcome(write: .success(part.count), sync: .skipped)
        }
        var outcome = try base.write(
            &buffer, part: part, to: file, at: offset, thenSync: thenSync && !isEager)
        takeForSuccess(&outcome, part.count)
        guard thenSync, outcome.write == .success(part.count) else { return outcome }
        switch outcome.sync {
        case .done: break
        case .skipped:
            if isEager { outcome.sync = .done }
        case .failed(let number):
            if defect == .failedSyncIgnored { outcome.sync = .done }
            guard defect == .failedSyncRetried, number.code != EINTR else { break }
            do throws(StepFailure) {
                try base.sync(file)
                outcome.sync = .done
            } catch {}
        }
        return outcome
    }

    /// Whether reading the file would give these bytes.
    private func shows(
        _ buffer: borrowing IOBuffer, _ part: Range<Int>, of file: Int32, at offset: UInt64
    ) -> Bool {
        guard let node = try? machine.state.node(of: file) else { return false }
        let shown = machine.state[node].live.bytes(at: offset, count: part.count)
        return buffer.withBytes { bytes in
            shown.count == part.count
                && shown.indices.allSatisfy {
                    shown[$0] == bytes[part.lowerBound + $0]
                }
        }
    }

    /// Whether a sync that is tied to a write counts as done without being made.
    private var isEager: Bool {
        defect == .acknowledgedBeforeSync || defect == .syncedBeforeWritten
    }

    private func takeForSuccess(_ outcome: inout WriteOutcome, _ count: Int) {
        switch (defect, outcome.write) {
        case (.shortWriteTakenForWhole, .success),
            (.interruptionTakenForSuccess, .failure(.init(code: EINTR))),
            (.fullDiskIgnored, .failure(.init(code: ENOSPC))):
            outcome.write = .success(count)
        default: break
        }
    }

    package mutating func sync(_ file: Int32) throws(StepFailure) {
        switch defect {
        case .acknowledgedBeforeSync: break
        case .replacedBeforeSync: if window?.isOpen != true { try base.sync(file) }
        case .failedSyncIgnored: try? base.sync(file)
        case .failedSyncRetried:
            do throws(StepFailure) {
                try base.sync(file)
            } catch .refused(.sync, let number) where number.code != EINTR {
                try base.sync(file)
            } catch {
                throw error
            }
        default: try base.sync(file)
        }
    }
}
