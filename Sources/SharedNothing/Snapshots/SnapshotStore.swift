import Glibc
import Hardware

/// What was found when a state was looked for.
public struct RestoredState<State: StateSnapshot & ~Copyable>: ~Copyable {
    /// The state.
    public var state: State
    /// What `save` was given with it: go on after this message.
    public let position: UInt64
    /// The number of the snapshot.
    public let sequence: UInt64
    /// The version it was written in; it was migrated if that is not the current one.
    public let version: UInt32
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

/// The snapshots of one worker's state in a directory: crash-consistent, checked, the newest few.
///
/// A snapshot is written under another name, synced, renamed, and the directory synced: when `save`
/// returns it survives a power cut (as far as the device keeps its word), and until then the one
/// before it does. Only after that are older ones removed. A failed sync is never repeated on the
/// same file: the next `save` writes another.
///
/// It has one user at a time, who sees to that; a second one would find its files removed. Blocks
/// for the time of two syncs.
public struct SnapshotStore: Sendable {
    private var engine: SnapshotEngine<SystemDurableFiles>

    /// The snapshots of `name` in `directory`, which must exist. Of `name` the file names keep what
    /// is a letter of ASCII, a digit or `-`; two names that differ in nothing else share no files
    /// that are believed, but remove each other's. Keeps the newest `kept`, at least 1.
    public init(directory: String, name: String, kept: Int = 3) {
        engine = SnapshotEngine(
            files: SystemDurableFiles(), directory: directory, name: name, kept: kept)
    }

    /// Writes `state` down, durably, and returns the number of the snapshot.
    ///
    /// - Parameter position: the number of the last message that is in the state. Who restores goes
    ///   on with the next: so a message counts once in the state, however often it is delivered.
    /// - Throws: `DurableFileError`; what was saved before is still there.
    public mutating func save<State: StateSnapshot & ~Copyable>(
        _ state: borrowing State, position: UInt64
    ) throws(DurableFileError) -> UInt64 {
        try engine.save(state, position: position)
    }

    /// The newest state that is whole; nil where there is none. What is newer and was rejected is
    /// told: it means that the state is older than it could be.
    ///
    /// - Throws: `DurableFileError` where the directory cannot be listed.
    public mutating func restore<State: StateSnapshot & ~Copyable>(
        _: State.Type = State.self, rejected: inout [SnapshotRejection]
    ) throws(DurableFileError) -> RestoredState<State>? {
        try engine.restore(rejected: &rejected)
    }
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
        _ state: borrowing State, position: UInt64
    ) throws(DurableFileError) -> UInt64 {
        let newest: UInt64
        if let last { newest = last } else { newest = try sequences().first ?? 0 }
        let sequence = newest + 1
        // Used up whatever comes of it: what a failed attempt left is not written to again.
        last = sequence
        var image = SnapshotImage(
            name: name, version: State.snapshotVersion, sequence: sequence, position: position,
            state: [])
        state.encodeSnapshot(into: &image.state)
        let final = path(of: fileName(sequence))
        let temporary = "\(final).new"
        let file = try create(temporary)
        do throws(DurableFileError) {
            try fill(file, with: image.encoded(), temporary)
            try files.rename(temporary, to: final)
        } catch {
            // The reason is what the caller needs; what is left over goes with the next save.
            try? files.remove(temporary)
            throw error
        }
        try files.syncDirectory(directory)
        prune(upTo: sequence)
        return sequence
    }

    mutating func restore<State: StateSnapshot & ~Copyable>(
        rejected: inout [SnapshotRejection]
    ) throws(DurableFileError) -> RestoredState<State>? {
        let sequences = try self.sequences()
        last = sequences.first ?? last
        for sequence in sequences {
            do throws(SnapshotFlaw) {
                return try read(sequence)
            } catch {
                rejected.append(SnapshotRejection(file: fileName(sequence), flaw: error))
            }
        }
        return nil
    }

    /// The numbers of the files that are there, the newest first.
    func sequences() throws(DurableFileError) -> [UInt64] {
        try files.list(directory).compactMap(sequence(of:)).sorted(by: >)
    }

    private mutating func create(_ path: String) throws(DurableFileError) -> Int32 {
        do throws(DurableFileError) {
            return try files.create(path)
        } catch {
            guard error.error.code == EEXIST else { throw error }
            // A crash left it. It was never renamed, so that nobody was promised it.
            try files.remove(path)
            return try files.create(path)
        }
    }

    private mutating func fill(
        _ file: Int32, with bytes: [UInt8], _ path: String
    ) throws(DurableFileError) {
        do throws(DurableFileError) {
            try files.write(bytes, to: file, path)
            try files.sync(file, path)
        } catch {
            try? files.close(file, path)
            throw error
        }
        try files.close(file, path)
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
                    sequence: sequence, version: image.version)
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
        guard digits.utf8.count == 16, let sequence = UInt64(digits, radix: 16),
            fileName(sequence) == file
        else { return nil }
        return sequence
    }

    private func path(of file: String) -> String { "\(directory)/\(file)" }
}
