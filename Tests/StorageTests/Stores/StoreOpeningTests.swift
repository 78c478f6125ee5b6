import Glibc
import Quantities
import StorageFaults
import TestSupport
import Testing

@testable import Storage

/// The three kinds of stores, for what holds for all of them when they are opened and closed.
enum StoreKind: String, CaseIterable, Sendable {
    case keyValue
    case blocks
    case objects

    /// The file whose lock keeps others out of the store at `path`.
    func lockedFile(_ path: String) -> String { self == .blocks ? path : "\(path)/LOCK" }

    /// Opens the store at `path` and changes it durably; `meanwhile` runs before it is closed, and
    /// `afterwards` when it is, while the object is still there.
    func use<Operations: FileOperations & ~Copyable>(
        at path: String, creation: AppendFile.Creation = .ifMissing,
        make: @escaping @Sendable (_ forWriting: Bool) throws(StorageError) -> Operations,
        meanwhile: () -> Void = {}, afterwards: () -> Void = {}
    ) throws(StorageError) {
        switch self {
        case .keyValue:
            let store = try KeyValueEngine(
                path: path,
                options: .init(engine: .portable, durability: .each, creation: creation),
                make: make)
            for _ in 0..<3 { try store.put("a", "1") }
            _ = try store.compact()
            meanwhile()
            try store.close()
            afterwards()
            withExtendedLifetime(store) {}
        case .blocks:
            var store = BlockEngine(
                try LoadedBlocks.open(
                    path: path, options: .init(engine: .portable, creation: creation, capacity: 4)
                ) { () throws(StorageError) in try make(true) },
                cipher: nil)
            try store.setRoot([1].span)
            try store.sync()
            meanwhile()
            try store.close()
            afterwards()
        case .objects:
            let store = try ObjectEngine(
                path: path, options: .init(engine: .portable, creation: creation), make: make)
            var writing = try ObjectWriting(ObjectName("a", path: path), in: store)
            try writing.write([1].span)
            try writing.publish()
            meanwhile()
            try store.close()
            afterwards()
            withExtendedLifetime(store) {}
        }
    }
}

/// What holds for every store when it is opened and closed.
@Suite struct StoreOpeningTests {
    private func use(
        _ kind: StoreKind, on machine: StoreMachine, creation: AppendFile.Creation = .ifMissing,
        afterwards: () -> Void = {}
    ) throws(StorageError) {
        try kind.use(
            at: "/store", creation: creation,
            make: { _ throws(StorageError) in machine.operations }, afterwards: afterwards)
    }

    @Test(arguments: StoreKind.allCases)
    func `a closed store has no file open`(kind: StoreKind) throws {
        let machine = StoreMachine()
        var opened = -1
        for _ in 0..<2 {
            try use(kind, on: machine, afterwards: { opened = machine.files.state.openFiles })
            #expect(opened == 0)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `where there is no store, and none may be made, nothing is`(kind: StoreKind) throws {
        let machine = StoreMachine()
        let missing = failure { () throws(StorageError) in
            try use(kind, on: machine, creation: .forbidden)
        }
        #expect(missing?.number == ENOENT)
        #expect(try machine.names(in: "/").isEmpty)
        try machine.operations.makeDirectory("/store", permissions: 0o755)
        let empty = failure { () throws(StorageError) in
            try use(kind, on: machine, creation: .forbidden)
        }
        #expect(empty?.number == (kind == .blocks ? EISDIR : ENOENT))
        #expect(try machine.names(in: "/store").isEmpty)
    }

    @Test(arguments: [StoreKind.keyValue, .objects])
    func `a store whose lock file somebody has removed is opened all the same`(
        kind: StoreKind
    ) throws {
        let machine = StoreMachine()
        try use(kind, on: machine)
        try machine.operations.remove("/store/LOCK")
        try use(kind, on: machine, creation: .forbidden)
    }

    @Test(arguments: StoreKind.allCases)
    func `a store that is opened and must be there has a durable name`(kind: StoreKind) throws {
        let machine = StoreMachine()
        try kind.use(
            at: "/elsewhere", make: { _ throws(StorageError) in machine.operations })
        // Whoever gave it its name died before that was durable.
        try machine.operations.rename("/elsewhere", to: "/store")
        try use(kind, on: machine, creation: .forbidden)
        machine.files.crash(.powerCut(.reordered, .nothing))
        try use(kind, on: machine, creation: .forbidden)
    }

    @Test(arguments: StoreKind.allCases)
    func `on a file system for reading only a store is refused and left as it is`(
        kind: StoreKind
    ) throws {
        let machine = StoreMachine()
        func expectRefusals(_ creations: [AppendFile.Creation]) {
            machine.files.limits.isReadOnly = true
            defer { machine.files.limits.isReadOnly = false }
            for creation in creations {
                let refused = failure { () throws(StorageError) in
                    try use(kind, on: machine, creation: creation)
                }
                #expect(refused?.number == EROFS)
            }
        }
        expectRefusals([.ifMissing, .required])
        try use(kind, on: machine)
        expectRefusals([.ifMissing, .forbidden])
        try use(kind, on: machine, creation: .forbidden)
    }

    @Test(arguments: StoreKind.allCases)
    func `a file system without locks is no place for a store`(kind: StoreKind) throws {
        let machine = StoreMachine()
        machine.files.limits.hasLocks = false
        let error = failure { () throws(StorageError) in try use(kind, on: machine) }
        #expect(
            error
                == .refused(
                    .lock, path: kind.lockedFile("/store") + (kind == .blocks ? ".new" : ""),
                    ErrorNumber(code: ENOLCK)))
    }

    @Test(
        .enabled(if: Engines.hasLockCommand, "no /usr/bin/flock"), arguments: StoreKind.allCases)
    func `another process is locked out of a store, and locks it out`(kind: StoreKind) throws {
        let directory = TemporaryDirectory()
        let path = kind == .blocks ? directory.file("blocks") : directory.path
        var status: Int32?
        try kind.use(
            at: path,
            make: { _ throws(StorageError) in SystemOperations(because: .asked) },
            meanwhile: { status = exitStatus(ofLocking: kind.lockedFile(path)) })
        #expect(status == 1)
        #expect(exitStatus(ofLocking: kind.lockedFile(path)) == 0)
    }
}

/// What `flock --nonblock` says in a process of its own: 0 when it had the lock, 1 when it had not.
func exitStatus(ofLocking path: String) -> Int32 {
    var process = pid_t()
    let arguments = ["flock", "--nonblock", path, "true"]
    var pointers: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) }
    unsafe pointers.append(nil)
    // The strings live until the child has started; then each is freed.
    let answer = unsafe posix_spawn(&process, "/usr/bin/flock", nil, nil, pointers, environ)
    unsafe pointers.forEach { unsafe free($0) }
    precondition(answer == 0, "posix_spawn: errno \(answer)")
    var status: Int32 = 0
    let waited = unsafe waitpid(process, &status, 0)
    precondition(waited == process, "waitpid: errno \(errno)")
    return (status >> 8) & 0xFF
}
