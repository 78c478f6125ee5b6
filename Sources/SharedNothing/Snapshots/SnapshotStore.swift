import Glibc
import Hardware

/// What was found when a state was looked for.
public struct RestoredState<State: StateSnapshot & ~Copyable>: ~Copyable {
    /// The state.
    public var state: State
    /// What `save` was given with it: the last message in the state, and what its number belongs to.
    public let position: UInt64
    /// What the position belongs to.
    public let stream: MessageStream
    /// The number of the snapshot.
    public let sequence: UInt64
    /// The version it was written in; it was migrated if that is not the current one.
    public let version: UInt32

    /// The number of the last message of `stream` that is in the state: go on after it. Nil where the
    /// state is of another stream, whose numbers say nothing of this one's messages: none of them is
    /// in it.
    public func position(in stream: MessageStream) -> UInt64? {
        stream == self.stream ? position : nil
    }
}

/// A file that could not be restored from, and why.
public struct SnapshotRejection: Equatable, Sendable, CustomStringConvertible {
    /// The file's name.
    public let file: String
    /// Why.
    public let flaw: SnapshotFlaw

    /// One line for a person.
    public var description: String { "\(file): \(flaw)" }
}

/// Why no state was restored.
public enum SnapshotFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// The directory cannot be listed, or somebody else uses these snapshots (`lock`).
    case inaccessible(DurableFileError)
    /// The newest snapshot cannot be read, now or by this program, and may be whole: an older state
    /// would silently take back what was promised. Try again, run the program that wrote it, or ask
    /// for an older one.
    case refused(SnapshotRejection)

    /// One line for a person.
    public var description: String {
        switch self {
        case .inaccessible(let error): "\(error)"
        case .refused(let rejection): "\(rejection); it may be whole, and newer than the others"
        }
    }
}

/// The snapshots of one worker's state in a directory: crash-consistent, checked, the newest few.
///
/// A snapshot is written under another name, synced, renamed, and the directory synced: when `save`
/// returns it survives a power cut (as far as the device keeps its word), and until then the one
/// before it does. Only after that are older ones removed. A failed sync is never repeated on the
/// same file: the next `save` writes another.
///
/// It has one user at a time, of all processes: from its first use on it holds a lock (flock), which
/// the kernel releases at the latest when the process has ended. A second one is refused, and not
/// kept waiting. A copy is the same user. Blocks for the time of two syncs.
public struct SnapshotStore: Sendable {
    private var engine: SnapshotEngine<SystemDurableFiles>
    private var lock: SnapshotLock?

    /// The snapshots of `name` in `directory`, which must exist. Of `name` the file names keep what
    /// is a letter of ASCII, a digit or `-`; two names that differ in nothing else share no files
    /// that are believed, but remove each other's. Keeps the newest `kept`, at least 1.
    public init(directory: String, name: String, kept: Int = 3) {
        engine = SnapshotEngine(
            files: SystemDurableFiles(), directory: directory, name: name, kept: kept)
    }

    /// Writes `state` down, durably, and returns the number of the snapshot.
    ///
    /// - Parameters:
    ///   - position: the number of the last message that is in the state. Who restores goes on with the
    ///     next: so a message counts once in the state, however often it is delivered.
    ///   - stream: what the number belongs to.
    /// - Throws: `DurableFileError`; what was saved before is still there.
    public mutating func save<State: StateSnapshot & ~Copyable>(
        _ state: borrowing State, position: UInt64, in stream: MessageStream
    ) throws(DurableFileError) -> UInt64 {
        try claim()
        return try engine.save(state, position: position, in: stream)
    }

    /// The newest state that is whole; nil where there is none. What is newer and damaged is told: it
    /// means that the state is older than it could be.
    ///
    /// - Parameter acceptingOlder: whether a snapshot that cannot be read and may be whole is passed
    ///   over like a damaged one. It is removed in its turn, after later saves.
    /// - Throws: `SnapshotFailure`.
    public mutating func restore<State: StateSnapshot & ~Copyable>(
        _: State.Type = State.self, acceptingOlder: Bool = false,
        rejected: inout [SnapshotRejection]
    ) throws(SnapshotFailure) -> RestoredState<State>? {
        do throws(DurableFileError) {
            try claim()
        } catch {
            throw .inaccessible(error)
        }
        return try engine.restore(acceptingOlder: acceptingOlder, rejected: &rejected)
    }

    private mutating func claim() throws(DurableFileError) {
        if lock == nil { lock = try SnapshotLock(engine.lockPath) }
    }
}

/// Keeps others away from the snapshots of a name, for as long as it lives.
private final class SnapshotLock: Sendable {
    private let file: Int32

    init(_ path: String) throws(DurableFileError) {
        // SAFETY: the path is copied during the call.
        let file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw DurableFileError(.lock, path, SystemError(errno)) }
        self.file = file
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            throw DurableFileError(.lock, path, SystemError(errno))
        }
    }

    // Also where `init` throws: the file is there by then.
    deinit { close(file) }
}

extension SnapshotEngine: Sendable where Files: Sendable {}

/// The rules of a snapshot store, over any files.
struct SnapshotEngine<Files: DurableFiles> {
    var files: Files
    let directory: String
    let name: String
    let kept: Int
    private let stem: String
    /// The number of the last snapshot, once the directory was looked at.
    private var last: UInt64?

    init(files: Files, directory: String, name: String, kept: Int) {
        precondition(kept > 0, "\(kept) snapshots kept")
        self.files = files
        self.directory = directory
        self.name = name
        self.kept = kept
        stem = String(
            name.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") ? $0 : "_" })
    }

    mutating func save<State: StateSnapshot & ~Copyable>(
        _ state: borrowing State, position: UInt64, in stream: MessageStream
    ) throws(DurableFileError) -> UInt64 {
        let newest: UInt64
        if let last { newest = last } else { newest = try sequences().first ?? 0 }
        let sequence = newest + 1
        // Used up whatever comes of it: what a failed attempt left is not written to again.
        last = sequence
        var image = SnapshotImage(
            name: name, version: State.snapshotVersion, sequence: sequence, position: position,
            stream: stream.identity, state: [])
        state.encodeSnapshot(into: &image.state)
        let final = path(of: fileName(sequence))
        // What is left over of an attempt that failed goes with the next save.
        try files.replace(final, by: image.encoded(), through: "\(final).new", in: directory)
        prune(upTo: sequence)
        return sequence
    }

    mutating func restore<State: StateSnapshot & ~Copyable>(
        acceptingOlder: Bool = false, rejected: inout [SnapshotRejection]
    ) throws(SnapshotFailure) -> RestoredState<State>? {
        let sequences: [UInt64]
        do throws(DurableFileError) {
            sequences = try self.sequences()
        } catch {
            throw .inaccessible(error)
        }
        last = sequences.first ?? last
        for sequence in sequences {
            do throws(SnapshotFlaw) {
                return try read(sequence)
            } catch {
                let rejection = SnapshotRejection(file: fileName(sequence), flaw: error)
                guard error.isDamage || acceptingOlder else { throw .refused(rejection) }
                rejected.append(rejection)
            }
        }
        return nil
    }

    /// The numbers of the files that are there, the newest first.
    func sequences() throws(DurableFileError) -> [UInt64] {
        try files.list(directory).compactMap(sequence(of:)).sorted(by: >)
    }

    /// Removes what is older than the newest few, and what crashes left. What cannot be removed
    /// stays, and is tried again next time: the snapshot is safe.
    private mutating func prune(upTo sequence: UInt64) {
        guard let names = try? files.list(directory) else { return }
        let old = names.compactMap(self.sequence(of:)).filter { $0 <= sequence }.sorted(by: >)
            .dropFirst(kept).map(fileName)
        let torn = names.filter {
            $0.hasSuffix(".new") && self.sequence(of: String($0.dropLast(4))) != nil
        }.sorted()
        for name in old + torn { try? files.remove(path(of: name)) }
    }

    private func read<State: StateSnapshot & ~Copyable>(
        _ sequence: UInt64
    ) throws(SnapshotFlaw) -> RestoredState<State> {
        let bytes: [UInt8]
        do throws(DurableFileError) {
            bytes = try files.read(path(of: fileName(sequence)))
        } catch {
            throw .unreadable(error)
        }
        let image = try SnapshotImage(decoding: bytes)
        guard image.name == name, image.sequence == sequence else {
            throw .wrongName("\(image.name)' number '\(image.sequence)")
        }
        do throws(WireError) {
            var (state, version) = (image.state, image.version)
            while version < State.snapshotVersion,
                let migrated = try State.migrate(state, from: version)
            {
                (state, version) = (migrated, version + 1)
            }
            if version == State.snapshotVersion {
                // SAFETY: bytes have no padding.
                return RestoredState(
                    state: try State(snapshot: unsafe state.span.bytes), position: image.position,
                    stream: MessageStream(identity: image.stream), sequence: sequence,
                    version: image.version)
            }
        } catch {
            throw .undecodable(error)
        }
        throw .unknownVersion(image.version, current: State.snapshotVersion)
    }

    private func fileName(_ sequence: UInt64) -> String {
        let digits = String(sequence, radix: 16)
        return "\(stem).\(String(repeating: "0", count: 16 - digits.count))\(digits).snapshot"
    }

    private func sequence(of file: String) -> UInt64? {
        guard file.hasPrefix("\(stem)."), file.hasSuffix(".snapshot") else { return nil }
        let digits = file.dropFirst(stem.utf8.count + 1).dropLast(".snapshot".utf8.count)
        // The first is 1. There is no number after the last one, which nobody has come to.
        guard digits.utf8.count == 16, let sequence = UInt64(digits, radix: 16), sequence > 0,
            sequence < .max, fileName(sequence) == file
        else { return nil }
        return sequence
    }

    /// The file whose lock keeps a second user away.
    var lockPath: String { path(of: "\(stem).lock") }

    private func path(of file: String) -> String { "\(directory)/\(file)" }
}
