import Glibc
import Quantities
import Randomness
import StorageFaults
import TestSupport
import Testing

@testable import Storage

@Suite struct KeyValueStoreTests {
    private let machine = StoreMachine()

    @Test func `what was put is there until it is deleted, and after the store was opened again`()
        throws
    {
        do {
            let store = try machine.keyValueStore()
            try store.put("a", "1")
            try store.put("b", "2")
            try store.put("a", "3")
            try store.put("", "the empty key")
            try store.put("empty", "")
            try store.delete("b")
            try store.delete("never there")
            #expect(try store.text("a") == "3")
            #expect(try store.text("b") == nil)
            let empty = Array("empty".utf8)
            let isThere = try store.contains(empty.span)
            #expect(isThere)
            try store.close()
        }
        let store = try machine.keyValueStore()
        #expect(try store.model() == ["": "the empty key", "a": "3", "empty": ""])
        #expect(store.recovery.cut == nil)
        #expect(store.recovery.records == 7)
    }

    @Test func `a scan gives the keys with a prefix in order, as they were at one moment`() throws {
        let store = try machine.keyValueStore()
        for key in ["b2", "a", "b", "c", "b10", "\u{62}\u{FFFD}"] { try store.put(key, key) }
        #expect(try store.all("b").map(\.0) == ["b", "b10", "b2", "b\u{FFFD}"])
        #expect(try store.all("d").isEmpty)
        var seen: [String] = []
        let all: [UInt8] = []
        try store.scan(prefix: all.span) { key, value throws(StorageError) in
            seen.append(String(decoding: [UInt8](value), as: UTF8.self))
            // Neither what comes nor what goes meanwhile is seen.
            try store.delete("b2")
            try store.put("b1", "new")
            return seen.count < 4
        }
        #expect(seen == ["a", "b", "b10", "b2"])
    }

    @Test func `a batch is made whole, and its later changes supersede the earlier`() throws {
        let store = try machine.keyValueStore()
        var batch = WriteBatch()
        batch.put("a", "1")
        batch.put("b", "2")
        batch.delete("a")
        batch.put("b", "3")
        #expect(batch.count == 4)
        try store.commit(batch)
        try store.commit(WriteBatch())
        #expect(try store.model() == ["b": "3"])
        batch.removeAll()
        batch.put("c", "4")
        try store.commit(batch)
        try store.close()
        #expect(try machine.keyValueStore().model() == ["b": "3", "c": "4"])
    }

    @Test(arguments: [Durability.none, .each, .group(maxDelay: .zero)], [nil, UInt64(5)])
    func `a store does what a dictionary does, through compactions and openings`(
        durability: Durability, secret: UInt64?
    ) throws {
        var generator = Seed(77).generator()
        var model: [String: String] = [:]
        let cipher = secret.map { TestCipher($0) }
        var store = try machine.keyValueStore(durability, cipher: cipher)
        for step in 0..<300 {
            let key = "key\(generator.next(below: 20))"
            let value = String(repeating: "v", count: Int(generator.next(below: 60))) + "\(step)"
            switch generator.next(below: 20) {
            case 0..<10:
                try store.put(key, value)
                model[key] = value
            case 10..<14:
                try store.delete(key)
                model[key] = nil
            case 14..<17:
                var batch = WriteBatch()
                batch.delete(key)
                batch.put("\(key)+", value)
                try store.commit(batch)
                model[key] = nil
                model["\(key)+"] = value
            case 17:
                let compaction = try store.compact()
                #expect(compaction.bytesAfter <= compaction.bytesBefore)
                try checkAccounts(of: store)
            case 18:
                try store.close()
                store = try machine.keyValueStore(durability, cipher: cipher)
            default:
                #expect(try store.text(key) == model[key])
            }
        }
        #expect(try store.model() == model)
        #expect(store.statistics.keys == model.count)
        try checkAccounts(of: store)
    }

    /// What is counted as live must be what the index refers to: compaction relies on it.
    private func checkAccounts(of store: KeyValueEngine<SimulatedOperations>) throws {
        let statistics = store.statistics
        let live = try store.all().reduce(0) { sum, entry in
            sum
                + RecordHeader(
                    .put, keyCount: entry.0.utf8.count, valueCount: entry.1.utf8.count,
                    endsBatch: true
                ).recordCount(isSealed: store.isSealed)
        }
        #expect(statistics.liveBytes == UInt64(live))
        #expect(statistics.recordBytes >= statistics.liveBytes)
    }

    @Test func `compaction leaves nothing but the newest records, and their files`() throws {
        let store = try machine.keyValueStore()
        for round in 0..<10 { for key in ["a", "b", "c"] { try store.put(key, "\(key)\(round)") } }
        try store.delete("c")
        let before = try machine.names(in: "/store").count
        let compaction = try store.compact()
        #expect(compaction.originals > 3 && compaction.copies == 1)
        #expect(try machine.names(in: "/store").count < before)
        #expect(store.statistics.recordBytes == store.statistics.liveBytes)
        #expect(try store.model() == ["a": "a9", "b": "b9"])
        // There is nothing more to be done.
        #expect(try store.compact().originals == 0)
        try store.put("a", "later")
        try store.close()
        #expect(try machine.keyValueStore().model() == ["a": "later", "b": "b9"])
    }

    @Test func `what is read while it is compacted is right, and tombstones hide what is older`()
        throws
    {
        let store = try machine.keyValueStore(segmentSize: 200)
        for index in 0..<20 { try store.put("k\(index)", String(repeating: "x", count: 50)) }
        for index in 0..<10 { try store.delete("k\(index)") }
        _ = try store.compact()
        try store.put("k3", "again")
        try store.delete("k4")
        _ = try store.compact()
        try store.close()
        let again = try machine.keyValueStore(segmentSize: 200)
        #expect(try again.all("k").count == 11)
        #expect(try again.text("k4") == nil)
        #expect(try again.text("k3") == "again")
    }

    @Test func `a key or value that is too long is refused before anything is written`() throws {
        let store = try machine.keyValueStore()
        let long = [UInt8](repeating: 1, count: KeyValueStore.longestKey + 1)
        let value: [UInt8] = [1]
        let error = failure { () throws(StorageError) in
            try store.commit(.put, long.span, value.span)
        }
        try store.commit(.put, long.span.extracting(droppingLast: 1), value.span)
        #expect(
            error
                == .store(path: "/store", .tooLong(what: "a key", count: 65536, limit: 65535)))
        #expect(store.poison == nil)
        #expect(store.statistics.keys == 1)
    }

    @Test func `a store has one opener, is made only if allowed, and is closed once`() throws {
        let missing = failure { () throws(StorageError) in
            _ = try machine.keyValueStore(creation: .forbidden)
        }
        #expect(missing?.number == ENOENT)
        let store = try machine.keyValueStore(creation: .required)
        let second = failure { () throws(StorageError) in _ = try machine.keyValueStore() }
        #expect(second == .locked(path: "/store/LOCK"))
        try store.put("a", "1")
        try store.close()
        #expect(throws: StorageError.closed(path: "/store")) { try store.put("a", "2") }
        #expect(throws: StorageError.closed(path: "/store")) { try store.text("a") }
        #expect(throws: StorageError.closed(path: "/store")) { try store.compact() }
        #expect(throws: StorageError.closed(path: "/store")) { try store.close() }
        let there = failure { () throws(StorageError) in
            _ = try machine.keyValueStore(creation: .required)
        }
        #expect(there?.number == EEXIST)
        #expect(try machine.keyValueStore(creation: .forbidden).text("a") == "1")
    }

    @Test func `threads put, read and compact at once, and nothing is lost`() throws {
        let directory = TemporaryDirectory()
        var options = KeyValueStore.Options(
            engine: .portable, durability: .group(maxDelay: .zero), growth: .exact)
        options.segmentSize.rawValue = 4096
        let store = try KeyValueStore(path: directory.path, options: options)
        let writers = (0..<4).map { writer in
            TestThread {
                for index in 0..<60 {
                    do throws(StorageError) {
                        let key = Array("\(writer)-\(index % 20)".utf8)
                        try store.put(key.span, Array("\(index)".utf8).span)
                        if try store.value(of: key.span) != Array("\(index)".utf8) {
                            Issue.record("a thread does not read what it has written")
                        }
                    } catch {
                        Issue.record("\(error)")
                    }
                }
            }
        }
        let compactor = TestThread {
            for _ in 0..<10 {
                do throws(StorageError) { _ = try store.compact() } catch {
                    Issue.record("\(error)")
                }
            }
        }
        for thread in writers + [compactor] { thread.join() }
        #expect(store.statistics.keys == 80)
        #expect(store.statistics.commits.appends == 240)
        try store.close()
        let again = try KeyValueStore(path: directory.path, options: options)
        for writer in 0..<4 {
            for index in 0..<20 {
                let value = try again.value(of: Array("\(writer)-\(index)".utf8).span)
                #expect(value == Array("\(index + 40)".utf8))
            }
        }
        try again.close()
    }
}
