import Glibc
import Storage
import StorageFaults

/// A process on a simulated machine, with calls as short as a test wants them.
struct MachineUser: ~Copyable {
    private var operations: SimulatedOperations

    init(on machine: SimulatedFileSystem) { operations = SimulatedOperations(on: machine) }

    func create(_ path: String, flags: Int32 = O_RDWR | O_CREAT) throws(StepFailure) -> Int32 {
        try operations.open(path, flags: flags, permissions: 0o644)
    }

    /// Writes `bytes` and returns how many were written.
    mutating func write(
        _ bytes: [UInt8], to file: Int32, at offset: UInt64
    ) throws(StepFailure) -> Int {
        var buffer = IOBuffer(capacity: bytes.count)
        buffer.append(bytes.span)
        let outcome = try operations.write(
            &buffer, part: 0..<bytes.count, to: file, at: offset, thenSync: false)
        switch outcome.write {
        case .success(let count): return count
        case .failure(let number): throw .refused(.write, number)
        }
    }

    mutating func sync(_ file: Int32) throws(StepFailure) { try operations.sync(file) }

    func syncDirectory() throws(StepFailure) { try operations.syncDirectory(at: "/") }

    func rename(_ path: String, to newPath: String) throws(StepFailure) {
        try operations.rename(path, to: newPath)
    }

    func remove(_ path: String) throws(StepFailure) { try operations.remove(path) }

    func truncate(_ file: Int32, to length: UInt64) throws(StepFailure) {
        try operations.truncate(file, to: length)
    }

    func lock(_ file: Int32) throws(StepFailure) { try operations.lock(file) }

    func allocated(for file: Int32) throws(StepFailure) -> UInt64 {
        try operations.allocated(for: file)
    }

    func makeDirectory(_ path: String) throws(StepFailure) {
        try operations.makeDirectory(path, permissions: 0o755)
    }

    func names(in path: String) throws(StepFailure) -> [String] {
        try operations.entries(ofDirectory: path)
    }

    /// A durable file with these bytes.
    mutating func store(_ bytes: [UInt8], at path: String) throws(StepFailure) -> Int32 {
        let file = try create(path)
        _ = try write(bytes, to: file, at: 0)
        try sync(file)
        try syncDirectory()
        return file
    }
}

/// The error of `body`, if it throws one.
func failure<Failure: Error>(_ body: () throws(Failure) -> Void) -> Failure? {
    do throws(Failure) {
        try body()
        return nil
    } catch {
        return error
    }
}

extension FileImage {
    /// The whole content.
    var content: [UInt8] { bytes(at: 0, count: Int(size)) }
}

/// As many of the same byte.
func run(_ byte: UInt8, _ count: Int) -> [UInt8] { [UInt8](repeating: byte, count: count) }
