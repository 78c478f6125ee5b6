import Glibc
import Quantities
import Randomness
import StorageFaults
import TestSupport
import Testing

@testable import Storage

@Suite struct ObjectStoreTests {
    private let machine = StoreMachine()

    private func open(
        _ machine: StoreMachine? = nil, cipher: TestCipher? = nil, partSize: UInt64 = 512
    ) throws(StorageError) -> ObjectEngine<SimulatedOperations> {
        let machine = machine ?? self.machine
        var options = ObjectStore.Options(engine: .portable, cipher: cipher)
        options.partSize = ByteCount(partSize)
        return try ObjectEngine(path: "/objects", options: options) { _ throws(StorageError) in
            machine.operations
        }
    }

    private func put(
        _ name: String, _ content: [UInt8], in store: ObjectEngine<SimulatedOperations>
    ) throws(StorageError) {
        var writing = try ObjectWriting(ObjectName(name, path: store.path), in: store)
        var rest = content[...]
        // In pieces that do not divide a part.
        while let _ = rest.first {
            try writing.write(Array(rest.prefix(300)).span)
            rest = rest.dropFirst(300)
        }
        try writing.publish()
    }

    private func get(
        _ name: String, from store: ObjectEngine<SimulatedOperations>
    ) throws(StorageError) -> [UInt8]? {
        guard var reading = try ObjectReading.open(ObjectName(name, path: store.path), in: store)
        else { return nil }
        var content: [UInt8] = []
        while try reading.next({ bytes throws(StorageError) in content.append(bytes) }) {}
        guard UInt64(content.count) == reading.count else { return nil }
        return content
    }

    @Test(arguments: [nil, UInt64(6)])
    func `objects of every length are read as they were written`(secret: UInt64?) throws {
        let cipher = secret.map { TestCipher($0) }
        let store = try open(cipher: cipher)
        let lengths = [0, 1, 511, 512, 513, 1023, 1024, 1025, 5000]
        for length in lengths { try put("length \(length)", pattern(length), in: store) }
        try store.close()
        let again = try open(cipher: cipher, partSize: 1024)
        for length in lengths {
            #expect(try get("length \(length)", from: again) == pattern(length))
        }
        #expect(try get("none", from: again) == nil)
        #expect(again.swept == 0)
    }

    @Test func `a part of an object can be read without the parts before it`() throws {
        let store = try open()
        try put("a", pattern(2000), in: store)
        guard var reading = try ObjectReading.open(ObjectName("a", path: store.path), in: store)
        else {
            Issue.record("the object is not there")
            return
        }
        reading.seek(to: 1100)
        var content: [UInt8] = []
        let isThere = try reading.next { bytes throws(StorageError) in content.append(bytes) }
        #expect(isThere)
        #expect(content == Array(pattern(2000)[1024..<1536]))
        reading.seek(to: 5000)
        let isBehind = try reading.next { _ throws(StorageError) in }
        #expect(!isBehind)
    }

    @Test func `names are told apart whatever bytes they have, and listed in order`() throws {
        let store = try open()
        let names = ["", ".", "..", "a", "A", "a/b", "a%2fb", "naïve", "o.a", "with space"]
        for name in names { try put(name, Array(name.utf8), in: store) }
        #expect(
            try store.names()
                == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        for name in names { #expect(try get(name, from: store) == Array(name.utf8)) }
        #expect(throws: StorageError.self) {
            try ObjectName(String(repeating: "x", count: 239), path: store.path)
        }
        #expect(ObjectName.text(ofFile: "o.%41") == nil)
        #expect(ObjectName.text(ofFile: "o.%4") == nil)
        #expect(ObjectName.text(ofFile: "STORE") == nil)
    }

    @Test func `an object is replaced and deleted as a whole, and its readers keep it`() throws {
        let store = try open()
        try put("a", pattern(1500), in: store)
        guard var reading = try ObjectReading.open(ObjectName("a", path: store.path), in: store)
        else {
            Issue.record("the object is not there")
            return
        }
        try put("a", [1], in: store)
        #expect(try get("a", from: store) == [1])
        #expect(try store.remove(ObjectName("a", path: store.path)))
        #expect(try !store.remove(ObjectName("a", path: store.path)))
        #expect(try get("a", from: store) == nil)
        var content: [UInt8] = []
        while try reading.next({ bytes throws(StorageError) in content.append(bytes) }) {}
        #expect(content == pattern(1500))
    }

    @Test func `what is not published leaves nothing, now or after a crash`() throws {
        let store = try open()
        do {
            var dropped = try ObjectWriting(ObjectName("a", path: store.path), in: store)
            try dropped.write(pattern(2000).span)
        }
        #expect(try machine.names(in: "/objects") == ["LOCK", "STORE"])
        var unfinished = try ObjectWriting(ObjectName("a", path: store.path), in: store)
        try unfinished.write(pattern(2000).span)
        let state = machine.files.state.after(.kill)
        let again = try open(StoreMachine(state))
        #expect(again.swept == 1)
        #expect(try again.names().isEmpty)
    }

    @Test func `only what writers have left is swept, by its whole name`() throws {
        try open().close()
        let others = ["t.notes", "t.csv", "t.0000000000000010.bak", "t.00000000000000FF", "t."]
        for name in others + ["t.00000000000000ff"] { try machine.create("/objects/\(name)") }
        let store = try open()
        #expect(store.swept == 1)
        #expect(try machine.names(in: "/objects") == (["LOCK", "STORE"] + others).sorted())
    }

    @Test func `a writer that outlives its store leaves the next opener's files alone`() throws {
        let store = try open()
        var late: ObjectWriting<SimulatedOperations>? = try ObjectWriting(
            ObjectName("a", path: store.path), in: store)
        try late?.write(pattern(2000).span)
        try store.close()
        let next = try open()
        #expect(next.swept == 1)
        var writing = try ObjectWriting(ObjectName("b", path: next.path), in: next)
        try writing.write(pattern(700).span)
        let error = failure { () throws(StorageError) in
            if let writing = late.take() { try writing.publish() }
        }
        #expect(error == .closed(path: store.path))
        try writing.publish()
        #expect(try get("b", from: next) == pattern(700))
        #expect(next.failure == nil)
    }

    @Test func `whoever closes a store waits for what is being published or deleted`() throws {
        let directory = TemporaryDirectory()
        let script = FaultScript()
        let path = directory.path
        func open() throws(StorageError) -> ObjectEngine<FaultyOperations> {
            try ObjectEngine(path: path, options: .init(engine: .portable)) {
                _ throws(StorageError) in try FaultyOperations(.portable, script: script)
            }
        }
        let store = try open()
        let name = try ObjectName("a", path: path)
        try ObjectWriting(name, in: store).publish()
        // Held when the object has no name any more, and that is not durable.
        let outcome = Guarded<StorageError?>(nil)
        script.holdSyncs()
        let remover = TestThread {
            let error = failure { () throws(StorageError) in _ = try store.remove(name) }
            outcome.withLock { $0 = error }
        }
        script.awaitHeldSync()
        let closer = TestThread {
            let error = failure { () throws(StorageError) in try store.close() }
            if error != nil { Issue.record("\(error as Any)") }
        }
        // The lock is not given up meanwhile, however long that takes.
        let error = failure { () throws(StorageError) in
            guard
                let file = try PositionalFile(
                    path: path + "/LOCK", flags: O_RDWR,
                    operations: SystemOperations(because: .asked))
            else { return }
            try file.lock()
        }
        #expect(error == .locked(path: path + "/LOCK"))
        script.releaseSyncs()
        remover.join()
        closer.join()
        #expect(outcome.withLock { $0 } == nil)
        try open().close()
    }

    @Test func `a writer whose ring has failed still tells how much it took`() throws {
        let directory = TemporaryDirectory()
        let script = FaultScript()
        let store = try ObjectEngine(
            path: directory.path, options: .init(engine: .portable, partSize: ByteCount(512))
        ) { _ throws(StorageError) in try FaultyOperations(.portable, script: script) }
        var writing = try ObjectWriting(ObjectName("a", path: store.path), in: store)
        try writing.write(pattern(600).span)
        script.inject(.lost, on: .write)
        let error = failure { () throws(StorageError) in try writing.write(pattern(600).span) }
        #expect(error?.number == EBADF)
        // The second part is full and was to be written.
        let count = writing.count
        #expect(count == 1024)
    }

    @Test(arguments: [nil, UInt64(2)])
    func `every flipped byte of an object is noticed`(secret: UInt64?) throws {
        let cipher = secret.map { TestCipher($0) }
        let store = try open(cipher: cipher)
        try put("a", pattern(700), in: store)
        try store.close()
        let saved = machine.files.state
        for name in ["STORE", "o.a"] {
            for offset in try machine.content(of: "/objects/\(name)").indices {
                let changed = StoreMachine(saved)
                try changed.flip("/objects/\(name)", at: offset, by: 1 << UInt8(offset % 8))
                let error = failure { () throws(StorageError) in
                    _ = try get("a", from: open(changed, cipher: cipher))
                }
                guard case .store("/objects/\(name)", _) = error else {
                    Issue.record("byte \(offset) of \(name): \(String(describing: error))")
                    continue
                }
            }
        }
        for length in try machine.content(of: "/objects/o.a").indices {
            let changed = StoreMachine(saved)
            try changed.cut("/objects/o.a", to: UInt64(length))
            #expect(throws: StorageError.self, "cut to \(length)") {
                try get("a", from: open(changed, cipher: cipher))
            }
        }
    }

    @Test func `parts that change places, and objects that change names, are noticed`() throws {
        let store = try open()
        try put("a", pattern(1024), in: store)
        try put("b", pattern(1024, salt: 1), in: store)
        let content = try machine.content(of: "/objects/o.a")
        let part = 512 + 32
        try machine.overwrite(
            "/objects/o.a", at: 112,
            with: Array(content[112 + part..<112 + 2 * part] + content[112..<112 + part]))
        #expect(throws: StorageError.self) { try get("a", from: store) }
        try machine.operations.rename("/objects/o.b", to: "/objects/o.c")
        #expect(
            failure { () throws(StorageError) in _ = try get("c", from: store) }
                == .store(
                    path: "/objects/o.c",
                    .mismatch(why: "the file holds an object of another name")))
    }

    @Test func `a failure in writing concerns that object, one in publishing the store`() throws {
        let store = try open()
        try put("a", [1], in: store)
        for (operation, number) in [
            (StorageError.Operation.write, ENOSPC), (.write, EIO), (.sync, EIO), (.rename, ENOSPC),
        ] {
            machine.files.faults.inject(.error(ErrorNumber(code: number)), on: operation)
            #expect(throws: StorageError.self) { try put("a", [2], in: store) }
            #expect(store.failure == nil)
            #expect(try get("a", from: store) == [1])
        }
        machine.files.faults.inject(.error(ErrorNumber(code: EIO)), on: .syncDirectory)
        #expect(throws: StorageError.self) { try put("a", [3], in: store) }
        #expect(store.failure?.number == EIO)
        guard
            case .poisoned = failure(of: { () throws(StorageError) in try put("b", [], in: store) }),
            case .poisoned = failure(of: { () throws(StorageError) in
                _ = try store.remove(ObjectName("a", path: store.path))
            })
        else {
            Issue.record("a store goes on after a failed sync of its directory")
            return
        }
        try store.close()
        #expect(try [[1], [3]].contains(get("a", from: open())))
    }

    @Test func `whenever it crashes a name leads to the whole old object or to the whole new one`()
        throws
    {
        let store = try open()
        try put("a", pattern(1000), in: store)
        var moments: [(FileSystemState, isPublished: Bool)] = []
        machine.files.observer = { moments.append(($0, false)) }
        try put("a", pattern(1200, salt: 1), in: store)
        machine.files.observer = nil
        moments.append((machine.files.state, true))
        var found: Set<Int> = []
        for (number, moment) in moments.enumerated() {
            var crashes = [Crash.kill]
            for persistence in Persistence.allCases {
                crashes += [
                    .powerCut(persistence, .nothing), .powerCut(persistence, .everything),
                    .powerCut(persistence, .chosen(Seed(UInt64(number)))),
                ]
            }
            for crash in crashes {
                let again = try open(StoreMachine(moment.0.after(crash)))
                let content = try #require(try get("a", from: again))
                found.insert(content.count)
                #expect(
                    content == pattern(1200, salt: 1)
                        || !moment.isPublished && content == pattern(1000),
                    "\(crash) at step \(number)")
                #expect(try again.names() == ["a"])
            }
        }
        #expect(found == [1000, 1200])
    }
}
