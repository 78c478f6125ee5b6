import Glibc
import Hardware
import Randomness

@testable import SharedNothing

/// A file system in memory that forgets at a crash what was not synced, and that crashes at a step
/// that a test names.
///
/// What a crash leaves of a file that was not synced is drawn: a prefix, what it was when it was
/// last synced, or all of it with a part of zeroes. Of the changes of names since the last sync of
/// the directory, each one survives or not, whatever the others do: more than any journal forgets.
struct ForgetfulFiles: DurableFiles {
    struct Crash: Error {}

    private struct Content: Equatable {
        var bytes: [UInt8] = []
        var synced: [UInt8] = []
    }

    private enum Change: Equatable {
        case link(String, Int)
        case unlink(String)
    }

    private var contents: [Content] = []
    /// Names and the contents they lead to, now and as they are durable, and what came between.
    private var names: [String: Int] = [:]
    private var durable: [String: Int] = [:]
    private var changes: [Change] = []
    /// How many steps are left before the crash.
    var stepsLeft = Int.max
    private(set) var steps = 0
    /// Steps that are refused, by what they are.
    var refused: Set<DurableFileError.Operation> = []

    static let crashCode: Int32 = 9999

    private mutating func step(
        _ operation: DurableFileError.Operation, _ path: String
    ) throws(DurableFileError) {
        guard stepsLeft > 0 else {
            throw DurableFileError(operation, path, SystemError(Self.crashCode))
        }
        if refused.contains(operation) {
            throw DurableFileError(operation, path, SystemError(EIO))
        }
        stepsLeft -= 1
        steps += 1
    }

    mutating func create(_ path: String) throws(DurableFileError) -> Int32 {
        try step(.create, path)
        guard names[path] == nil else {
            throw DurableFileError(.create, path, SystemError(EEXIST))
        }
        contents.append(Content())
        names[path] = contents.count - 1
        changes.append(.link(path, contents.count - 1))
        return Int32(contents.count - 1)
    }

    mutating func write(
        _ bytes: [UInt8], to file: Int32, _ path: String
    ) throws(DurableFileError) {
        // Half of it reaches the file when the crash comes in the middle.
        if stepsLeft == 0 { contents[Int(file)].bytes += bytes.prefix(bytes.count / 2) }
        try step(.write, path)
        contents[Int(file)].bytes += bytes
    }

    mutating func sync(_ file: Int32, _ path: String) throws(DurableFileError) {
        try step(.sync, path)
        contents[Int(file)].synced = contents[Int(file)].bytes
    }

    mutating func close(_ file: Int32, _ path: String) throws(DurableFileError) {
        try step(.close, path)
    }

    mutating func rename(_ path: String, to new: String) throws(DurableFileError) {
        try step(.rename, path)
        guard let content = names.removeValue(forKey: path) else {
            throw DurableFileError(.rename, path, SystemError(ENOENT))
        }
        names[new] = content
        changes += [.unlink(path), .link(new, content)]
    }

    mutating func syncDirectory(_ path: String) throws(DurableFileError) {
        try step(.syncDirectory, path)
        durable = names
        changes = []
    }

    func list(_ path: String) throws(DurableFileError) -> [String] {
        names.keys.sorted().map { String($0.dropFirst(path.count + 1)) }
    }

    func read(_ path: String) throws(DurableFileError) -> [UInt8] {
        if refused.contains(.read) { throw DurableFileError(.read, path, SystemError(EMFILE)) }
        guard let content = names[path] else {
            throw DurableFileError(.read, path, SystemError(ENOENT))
        }
        return contents[content].bytes
    }

    mutating func remove(_ path: String) throws(DurableFileError) {
        try step(.remove, path)
        guard names.removeValue(forKey: path) != nil else {
            throw DurableFileError(.remove, path, SystemError(ENOENT))
        }
        changes.append(.unlink(path))
    }

    /// The machine after a power cut now, as `generator` has it.
    func afterPowerCut(_ generator: inout Xoshiro256StarStar) -> ForgetfulFiles {
        var files = ForgetfulFiles()
        var left = durable
        for change in changes where generator.next(below: 2) == 0 {
            switch change {
            case .link(let name, let content): left[name] = content
            case .unlink(let name): left[name] = nil
            }
        }
        for name in left.keys.sorted() {
            guard let index = left[name] else { continue }
            let content = contents[index]
            var bytes = content.bytes
            if content.bytes != content.synced {
                switch generator.next(below: 3) {
                case 0: bytes = content.synced
                case 1:
                    bytes = Array(bytes.prefix(Int(generator.next(below: UInt64(bytes.count) + 1))))
                default:
                    let start = Int(generator.next(below: UInt64(bytes.count)))
                    for at in start..<bytes.count { bytes[at] = 0 }
                }
            }
            files.contents.append(Content(bytes: bytes, synced: bytes))
            files.names[name] = files.contents.count - 1
        }
        files.durable = files.names
        return files
    }

    /// The machine after only the process was killed: everything that was done is there.
    func afterKill() -> ForgetfulFiles {
        var files = self
        files.stepsLeft = .max
        return files
    }

    /// Lets the test alter a file.
    mutating func alter(_ path: String, _ change: (inout [UInt8]) -> Void) {
        guard let content = names[path] else { return }
        change(&contents[content].bytes)
    }
}
