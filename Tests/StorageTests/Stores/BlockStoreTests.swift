import Glibc
import Quantities
import Randomness
import StorageFaults
import Testing

@testable import Storage

@Suite struct BlockStoreTests {
    private let machine = StoreMachine()
    private let path = "/blocks"

    private func open(
        _ machine: StoreMachine? = nil, pageSize: UInt64 = 512, capacity: UInt64 = 100,
        creation: AppendFile.Creation = .ifMissing, cipher: TestCipher? = nil
    ) throws(StorageError) -> BlockEngine<SimulatedOperations> {
        var options = BlockStore.Options(
            engine: .portable, creation: creation, capacity: capacity, cipher: cipher)
        options.pageSize = ByteCount(pageSize)
        let machine = machine ?? self.machine
        return BlockEngine(
            try LoadedBlocks.open(path: path, options: options) { () throws(StorageError) in
                machine.operations
            }, cipher: cipher)
    }

    @Test(arguments: [nil, UInt64(3)])
    func `pages, map and root are there when the store is opened again`(secret: UInt64?) throws {
        let cipher = secret.map { TestCipher($0) }
        var store = try open(cipher: cipher)
        #expect(store.format.room == 448)
        let pages = try (0..<5).map { _ in try store.allocate() }
        #expect(Set(pages).count == 5)
        for page in pages { try store.write(page, pattern(Int(page) * 100, salt: 1).span) }
        try store.free(pages[1])
        try store.setRoot([1, 2, 3].span)
        try store.close()
        var again = try open(cipher: cipher)
        #expect(again.root == [1, 2, 3])
        #expect(again.map.allocated == 4)
        #expect(again.unreadable == nil)
        for page in pages where page != pages[1] {
            #expect(try again.read(page) == pattern(Int(page) * 100, salt: 1))
        }
        #expect(throws: StorageError.self) { try again.read(pages[1]) }
    }

    @Test func `a freed page goes to nobody else before both maps say so`() throws {
        var store = try open(capacity: 3)
        let pages = try (0..<3).map { _ in try store.allocate() }
        try store.sync()
        try store.free(pages[1])
        for _ in 0..<2 {
            #expect(throws: StorageError.self) { try store.allocate() }
            try store.sync()
        }
        #expect(try store.allocate() == pages[1])
    }

    @Test func `a page can be taken, given back and taken until all are in use`() throws {
        var store = try open(capacity: 3700)
        var used: Set<UInt64> = []
        var generator = Seed(4).generator()
        for step in 0..<1200 {
            if generator.next(below: 3) > 0, used.count < 3700 {
                if let page = try? store.allocate() { #expect(used.insert(page).inserted) }
            } else if let page = used.min() {
                used.remove(page)
                try store.free(page)
            }
            if step % 100 == 0 { try store.sync() }
        }
        try store.close()
        let again = try open()
        #expect(again.map.allocated == UInt64(used.count))
        #expect(used.allSatisfy { again.map.contains($0) })
    }

    @Test func `a page that was torn, misplaced or never written is an error with its offset`()
        throws
    {
        var store = try open()
        let (first, second) = (try store.allocate(), try store.allocate())
        try store.write(first, pattern(300).span)
        try store.sync()
        let offsets = [first, second].map { Int(store.geometry.place(of: $0)) * 512 }
        guard
            case .store(path, .damaged(_, let why)) = failure(of: { () throws(StorageError) in
                _ = try store.read(second)
            })
        else {
            Issue.record("a page that was never written is read")
            return
        }
        #expect(why == "the page was never written, or what was written is lost")
        // A whole page, in the place of another.
        let page = Array(try machine.content(of: path)[offsets[0]..<offsets[0] + 512])
        try machine.overwrite(path, at: offsets[1], with: page)
        #expect(throws: StorageError.self) { try store.read(second) }
        // The first half of new content, the second of old.
        try store.write(first, pattern(300, salt: 9).span)
        try machine.overwrite(path, at: offsets[0] + 256, with: Array(page[256...]))
        guard
            case .store(path, .damaged(UInt64(offsets[0]), _)) = failure(of: {
                () throws(StorageError) in _ = try store.read(first)
            })
        else {
            Issue.record("a torn page is read")
            return
        }
    }

    @Test(arguments: [nil, UInt64(8)])
    func `every flipped byte of a closed store is noticed or changes nothing`(
        secret: UInt64?
    ) throws {
        let cipher = secret.map { TestCipher($0) }
        var store = try open(capacity: 4, cipher: cipher)
        let page = try store.allocate()
        try store.write(page, pattern(100).span)
        try store.setRoot([5].span)
        try store.close()
        let saved = machine.files.state
        var reported = 0
        // A sample of the zeroes that fill the superblocks up, and every byte of everything else.
        let offsets = try machine.content(of: path).indices.filter {
            $0 >= 8192 || $0 % 4096 < 400 || $0 % 4096 > 4080 || $0 % 97 == 0
        }
        for offset in offsets {
            let changed = StoreMachine(saved)
            try changed.flip(path, at: offset, by: offset % 3 == 0 ? 0x10 : 1)
            do throws(StorageError) {
                var store = try open(changed, cipher: cipher)
                #expect(store.root == [5] && store.map.allocated == 1, "byte \(offset)")
                #expect(try store.read(page) == pattern(100), "byte \(offset)")
                if store.unreadable != nil { reported += 1 }
            } catch {
                guard case .store(path, _) = error else {
                    Issue.record("\(error)")
                    continue
                }
            }
        }
        #expect(reported > 800)
    }

    @Test func `a store of other pages, another key or a longer content is refused`() throws {
        let cipher = TestCipher(1)
        var store = try open(cipher: cipher)
        let page = try store.allocate()
        let long = pattern(449)
        let tooLong = failure { () throws(StorageError) in try store.write(page, long.span) }
        #expect(
            tooLong
                == .store(
                    path: path, .tooLong(what: "a page's content", count: 449, limit: 448)))
        let unknown = failure { () throws(StorageError) in try store.write(page + 1, long.span) }
        #expect(
            unknown
                == .store(path: path, .unknown(what: "page \(page + 1) in use")))
        #expect(failure { () throws(StorageError) in _ = try open() } == .locked(path: path))
        try store.close()
        let other = TestCipher(2)
        #expect(
            failure { () throws(StorageError) in _ = try open(cipher: other) }
                == .store(
                    path: path,
                    .wrongKey(stored: cipher.keyIdentifier, given: other.keyIdentifier)))
        var options = BlockStore.Options(engine: .portable)
        options.pageSize = ByteCount(1000)
        #expect(throws: StorageError.self) { try options.check(path: path) }
    }

    @Test func `after a failed sync a store writes no more until it is opened again`() throws {
        var store = try open()
        let page = try store.allocate()
        let two: [UInt8] = [2]
        try store.write(page, two.span)
        machine.files.faults.inject(.error(ErrorNumber(code: EIO)), on: .sync)
        #expect(failure { () throws(StorageError) in try store.sync() }?.number == EIO)
        guard
            case .poisoned = failure(of: { () throws(StorageError) in
                try store.write(page, two.span)
            }),
            case .poisoned = failure(of: { () throws(StorageError) in _ = try store.allocate() }),
            case .poisoned = failure(of: { () throws(StorageError) in try store.sync() })
        else {
            Issue.record("a store goes on after a failed sync")
            return
        }
        try store.close()
        #expect(try open().map.allocated == 0)
    }

    @Test func `without room a store stays usable`() throws {
        var store = try open()
        let page = try store.allocate()
        machine.files.faults.inject(.error(ErrorNumber(code: ENOSPC)), on: .write)
        let two: [UInt8] = [2]
        let refusal = failure { () throws(StorageError) in try store.write(page, two.span) }
        #expect(refusal?.number == ENOSPC)
        try store.write(page, two.span)
        machine.files.faults.inject(.error(ErrorNumber(code: ENOSPC)), on: .write)
        #expect(failure { () throws(StorageError) in try store.sync() }?.number == ENOSPC)
        try store.sync()
        try store.close()
        var again = try open()
        #expect(try again.read(page) == [2])
    }
}
