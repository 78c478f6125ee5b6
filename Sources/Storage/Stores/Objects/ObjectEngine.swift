import Glibc
import Quantities
import Synchronization

/// An object store over any file operations.
final class ObjectEngine<Operations: FileOperations & ~Copyable>: @unchecked Sendable {
    // Sendable: `directory`, `poison`, `changes` and `isClosed` are used under `lock` alone, and all
    // else is constant or atomic.

    /// Makes operations: `true` for those that objects are written through.
    typealias Maker = @Sendable (_ forWriting: Bool) throws(StorageError) -> Operations

    /// What the names of files begin with that are being written; a number follows.
    private static var temporaryPrefix: String { "t." }
    private static var identityName: String { "STORE" }

    let path: String
    let options: ObjectStore.Options
    /// How many files of objects that were never published the opening removed.
    let swept: Int
    let store: StoreIdentity
    private let make: Maker
    private let next = Atomic<UInt64>(0)
    private let lock = WaitLock()
    private var directory: StoreDirectory<Operations>?
    private var poison: StorageError?
    /// How many threads change names in the directory now.
    private var changes = 0
    /// Signalled when nobody does any more.
    private let idle = WaitCondition()
    private var isClosed = false

    /// Opens the store at `path`.
    init(
        path: String, options: ObjectStore.Options, make: @escaping Maker
    ) throws(StorageError) {
        let directory = try StoreDirectory(
            path: path, creation: options.creation, permissions: options.permissions,
            madeBy: Self.identityName, operations: try make(false))
        store = try Self.identity(in: directory, options: options, make: make)
        var swept = 0
        for name in try directory.names() {
            guard
                Self.isTemporary(name) || name == Self.identityName + SmallFile.suffix
            else { continue }
            try directory.remove(name)
            swept += 1
        }
        self.swept = swept
        self.path = path
        self.options = options
        self.make = make
        self.directory = consume directory
    }

    var protection: Protection { Protection(options.cipher) }

    /// Why the store takes no more writes, once it does not.
    var failure: StorageError? { locked { poison } }

    /// Operations for an object that is read.
    func operationsForReading() throws(StorageError) -> Operations { try make(false) }

    /// A path for an object that is being written.
    private func takeTemporaryPath() -> String {
        let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
        return "\(path)/\(Self.temporaryPrefix)\(hexadecimal(number))"
    }

    /// Whether this is the name of a file that `takeTemporaryPath` gave.
    private static func isTemporary(_ name: String) -> Bool {
        name.hasPrefix(temporaryPrefix)
            && number(hexadecimal: name.dropFirst(temporaryPrefix.utf8.count)) != nil
    }

    /// Where an object's file is, or would be.
    func path(of name: ObjectName) -> String { "\(path)/\(name.fileName)" }

    /// Begins to change names in the directory; refused when the store is closed, and when it is
    /// poisoned unless something is only taken back.
    ///
    /// `close` waits for `endChange`: the lock must not be given up while names change, since the next
    /// opener relies on being alone.
    private func beginChange(takingBack: Bool = false) throws(StorageError) {
        lock.lock()
        defer { lock.unlock() }
        if isClosed { throw .closed(path: path) }
        if let poison, !takingBack { throw .poisoned(path: path, cause: poison) }
        changes += 1
    }

    private func endChange() {
        lock.lock()
        defer { lock.unlock() }
        changes -= 1
        if changes == 0 { idle.broadcast() }
    }

    /// Makes a file for an object that is to be written.
    func makeTemporary() throws(StorageError) -> PositionalFile<Operations>? {
        try beginChange()
        defer { endChange() }
        return try PositionalFile(
            path: takeTemporaryPath(), flags: O_RDWR | O_CREAT | O_EXCL,
            permissions: options.permissions, operations: make(true))
    }

    /// Removes the file of an object that is not to be published, unless the store is closed: then the
    /// name may be another opener's, who sweeps what there was before.
    func discard(_ file: borrowing PositionalFile<Operations>) {
        guard (try? beginChange(takingBack: true)) != nil else { return }
        // What cannot be removed is swept on the next opening.
        try? file.operations.remove(file.path)
        endChange()
    }

    /// Gives a file, whose content is durable, the name of its object.
    func publish(
        _ file: borrowing PositionalFile<Operations>, as name: ObjectName
    ) throws(StorageError) {
        try beginChange()
        defer { endChange() }
        do throws(SmallFile.ReplaceFailure) {
            try file.publish(as: path(of: name), in: path)
        } catch {
            if case .unknown(let cause) = error { poison(with: cause) }
            throw error.cause
        }
    }

    /// Removes an object, durably; `false` when there is none.
    func remove(_ name: ObjectName) throws(StorageError) -> Bool {
        try beginChange()
        defer { endChange() }
        let operations = try make(false)
        do throws(StepFailure) {
            try operations.remove(path(of: name))
        } catch .refused(_, ErrorNumber(code: ENOENT)) {
            return false
        } catch {
            throw StorageError(error, at: path(of: name))
        }
        do throws(StepFailure) {
            try operations.syncDirectory(at: path)
        } catch {
            let cause = StorageError(error, at: path)
            poison(with: cause)
            throw cause
        }
        return true
    }

    /// The names of all objects, in the order of their bytes.
    func names() throws(StorageError) -> [String] {
        lock.lock()
        defer { lock.unlock() }
        guard !isClosed else { throw .closed(path: path) }
        let files = try directory?.names() ?? []
        return files.compactMap { ObjectName.text(ofFile: $0) }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Lets changes under way finish, and gives up the directory.
    func close() throws(StorageError) {
        lock.lock()
        defer { lock.unlock() }
        guard !isClosed else { throw .closed(path: path) }
        isClosed = true
        while changes > 0 { idle.wait(lock) }
        directory = nil
    }

    private func poison(with cause: StorageError) { locked { poison = poison ?? cause } }

    private func locked<Value>(_ body: () -> Value) -> Value {
        lock.lock()
        defer { lock.unlock() }
        return body()
    }

    /// The store's identity, which the first opener makes up: the file `STORE`, a manifest without
    /// segments.
    private static func identity(
        in directory: borrowing StoreDirectory<Operations>, options: ObjectStore.Options,
        make: Maker
    ) throws(StorageError) -> StoreIdentity {
        let path = "\(directory.path)/\(identityName)"
        if let bytes = try SmallFile.read(path, operations: make(false)) {
            guard options.creation != .required else {
                throw .refused(.create, path: directory.path, ErrorNumber(code: EEXIST))
            }
            do throws(StoreProblem) {
                return try Manifest(bytes, cipher: options.cipher, kind: .objects).store
            } catch {
                throw .store(path: path, error)
            }
        }
        if let orphan = try directory.names().first(where: { ObjectName.text(ofFile: $0) != nil }) {
            throw .store(path: path, .missing(why: "it is not there, and the object \(orphan) is"))
        }
        guard options.creation != .forbidden else {
            throw .refused(.open, path: path, ErrorNumber(code: ENOENT))
        }
        let manifest = Manifest(
            store: .random(), protection: Protection(options.cipher), kind: .objects)
        let operations = try make(false)
        do throws(SmallFile.ReplaceFailure) {
            try SmallFile.replace(
                path, in: directory.path, with: manifest.bytes(cipher: options.cipher),
                permissions: options.permissions, operations: operations)
        } catch {
            throw error.cause
        }
        return manifest.store
    }
}
