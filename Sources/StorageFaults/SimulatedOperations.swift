import Glibc
import Storage

/// The file operations of one opener of a simulated file system.
///
/// Misaligned requests of a file that was opened with `O_DIRECT` are its user's mistake and are not
/// looked for. A file cannot be opened for synchronous writing.
package struct SimulatedOperations: FileOperations, ~Copyable {
    private let machine: SimulatedFileSystem

    /// The operations of a new opener.
    package init(on machine: SimulatedFileSystem) { self.machine = machine }

    package func open(
        _ path: String, flags: Int32, permissions: UInt32
    ) throws(StepFailure) -> Int32 {
        precondition(flags & O_DSYNC == 0, "synchronous writing is not simulated")
        let operation: StorageError.Operation = flags & O_CREAT == 0 ? .open : .create
        return try machine.step(operation, on: path) { state throws(ErrorNumber) in
            try state.open(path, flags: flags)
        }
    }

    package func size(of file: Int32) throws(StepFailure) -> UInt64 {
        try machine.step(.inspect, on: "\(file)") { state throws(ErrorNumber) in
            state[try state.node(of: file)].live.size
        }
    }

    package func lock(_ file: Int32) throws(StepFailure) {
        let isFree = try machine.step(.lock, on: "\(file)") { state throws(ErrorNumber) in
            guard state.limits.hasLocks else { throw ErrorNumber(code: ENOLCK) }
            return try state.lock(file)
        }
        guard isFree else { throw .locked }
    }

    package func syncDirectory(of path: String) throws(StepFailure) {
        try machine.step(.syncDirectory, on: path) { state throws(ErrorNumber) in
            state.names.sync(try state.entry(at: path).directory)
        }
    }

    package func syncDirectory(at path: String) throws(StepFailure) {
        try machine.step(.syncDirectory, on: path) { state throws(ErrorNumber) in
            state.names.sync(try state.directory(at: path))
        }
    }

    package func makeDirectory(_ path: String, permissions: UInt32) throws(StepFailure) {
        try machine.step(.makeDirectory, on: path) { state throws(ErrorNumber) in
            try state.makeDirectory(path)
        }
    }

    package func entries(ofDirectory path: String) throws(StepFailure) -> [String] {
        try machine.step(.list, on: path) { state throws(ErrorNumber) in
            state.names.names(in: try state.directory(at: path))
        }
    }

    package func rename(_ path: String, to newPath: String) throws(StepFailure) {
        try machine.step(.rename, on: "\(path) to \(newPath)") { state throws(ErrorNumber) in
            try state.rename(path, to: newPath)
        }
    }

    package func remove(_ path: String) throws(StepFailure) {
        try machine.step(.remove, on: path) { state throws(ErrorNumber) in
            try state.remove(path)
        }
    }

    package func allocated(for file: Int32) throws(StepFailure) -> UInt64 {
        try machine.step(.inspect, on: "\(file)") { state throws(ErrorNumber) in
            state[try state.node(of: file)].live.allocated
        }
    }

    package func truncate(_ file: Int32, to length: UInt64) throws(StepFailure) {
        try machine.step(.truncate, on: "\(file)", at: length) { state throws(ErrorNumber) in
            try state.truncate(try state.writableNode(of: file), to: length)
        }
    }

    package func dropCache(of file: Int32) throws(StepFailure) {
        try machine.step(.dropCache, on: "\(file)") { state throws(ErrorNumber) in
            state[try state.node(of: file)].dropCache()
        }
    }

    package func close(_ file: Int32) throws(StepFailure) {
        // A close that fails has closed the file all the same.
        var closed: ErrorNumber?
        machine.tamper { state in
            do throws(ErrorNumber) { try state.close(file) } catch { closed = error }
        }
        try machine.step(.close, on: "\(file)") { _ throws(ErrorNumber) in
            if let closed { throw closed }
        }
    }

    package mutating func read(
        _ count: Int, into buffer: inout IOBuffer, from file: Int32, at offset: UInt64
    ) throws(StepFailure) -> Int {
        let bytes = try machine.read(count, from: file, at: offset)
        buffer.append(bytes.span)
        return bytes.count
    }

    package mutating func write(
        _ buffer: inout IOBuffer, part: Range<Int>, to file: Int32, at offset: UInt64,
        thenSync: Bool
    ) throws(StepFailure) -> WriteOutcome {
        let bytes = buffer.withBytes { span in
            // The span is valid for the call, which copies it.
            unsafe span.withUnsafeBufferPointer { unsafe Array($0) }
        }
        let written = machine.write(bytes[part], to: file, at: offset)
        guard thenSync, written == .success(part.count) else {
            return WriteOutcome(write: written, sync: .skipped)
        }
        do throws(StepFailure) {
            try machine.sync(file)
            return WriteOutcome(write: written, sync: .done)
        } catch .refused(_, let number) {
            return WriteOutcome(write: written, sync: .failed(number))
        } catch {
            preconditionFailure("a sync that is neither done nor refused: \(error)")
        }
    }

    package mutating func sync(_ file: Int32) throws(StepFailure) { try machine.sync(file) }
}
