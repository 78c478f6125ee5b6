import Glibc
import Quantities
import StorageFaults
import TestSupport
import Testing

@testable import Storage

/// A block store of which only the older superblock can be read, one that is full, and one whose ring
/// has failed.
@Suite struct BlockFallbackTests {
    private let machine = StoreMachine()
    private let path = "/blocks"

    private func open(
        _ machine: StoreMachine, cipher: TestCipher? = nil
    ) throws(StorageError) -> BlockEngine<SimulatedOperations> {
        var options = BlockStore.Options(engine: .portable, capacity: 4, cipher: cipher)
        options.pageSize = ByteCount(512)
        return BlockEngine(
            try LoadedBlocks.open(path: path, options: options) { () throws(StorageError) in
                machine.operations
            }, cipher: cipher)
    }

    /// Moves the one page of a store to another, as who never writes in place does.
    private func move(
        _ store: inout BlockEngine<SimulatedOperations>, to content: [UInt8]
    ) throws(StorageError) {
        let page = try store.allocate()
        try store.write(page, content.span)
        if let old = store.root.first { try store.free(UInt64(old)) }
        try store.setRoot([UInt8(page)].span)
    }

    /// What is under the root.
    private func content(
        of store: inout BlockEngine<SimulatedOperations>
    ) throws(StorageError) -> [UInt8] {
        try store.read(UInt64(store.root[0]))
    }

    /// Also when it was opened again before: what is held back must be known from the file.
    @Test(arguments: [nil, UInt64(8)], [false, true])
    func `every flipped byte of a store that was killed is noticed or leaves one of two syncs`(
        secret: UInt64?, isReopened: Bool
    ) throws {
        let cipher = secret.map { TestCipher($0) }
        var store = try open(machine, cipher: cipher)
        try move(&store, to: [1, 1, 1])
        try store.sync()
        try move(&store, to: [2, 2])
        try store.sync()
        if isReopened {
            machine.files.crash(.kill)
            store = try open(machine, cipher: cipher)
        }
        // Whatever may be taken into use now is written to.
        while let page = try? store.allocate() { try store.write(page, [3].span) }
        machine.files.crash(.kill)
        let saved = machine.files.state
        var (reports, fallbacks) = (0, 0)
        for offset in try machine.content(of: path).indices
        where offset >= 8192 || offset % 4096 < 400 || offset % 4096 > 4080 {
            let changed = StoreMachine(saved)
            try changed.flip(path, at: offset, by: offset % 3 == 0 ? 0x10 : 1)
            do throws(StorageError) {
                var store = try open(changed, cipher: cipher)
                let found = try content(of: &store)
                #expect(store.map.allocated == 1, "byte \(offset)")
                if store.unreadable == nil {
                    #expect(found == [2, 2], "byte \(offset)")
                } else {
                    #expect(found == [2, 2] || found == [1, 1, 1], "byte \(offset)")
                    reports += 1
                    fallbacks += found == [1, 1, 1] ? 1 : 0
                }
            } catch {
                guard case .store(path, _) = error else {
                    Issue.record("\(error)")
                    continue
                }
            }
        }
        #expect(fallbacks > 400 && reports > 800)
    }

    @Test func `what a store that is full has freed can be had after two syncs, and not before`()
        throws
    {
        var store = try open(machine)
        for _ in 0..<4 { _ = try store.allocate() }
        try store.setRoot([9].span)
        func full(_ why: String) -> StorageError { .store(path: path, .full(why: why)) }
        let used = failure { () throws(StorageError) in _ = try store.allocate() }
        #expect(used == full("all of its 4 pages are in use"))
        try store.sync()
        try store.free(2)
        let freed = failure { () throws(StorageError) in _ = try store.allocate() }
        #expect(
            freed == full("none of its 4 pages can be taken before the second sync from now"))
        try store.sync()
        let held = failure { () throws(StorageError) in _ = try store.allocate() }
        #expect(held == full("none of its 4 pages can be taken before the next sync"))
        let before = store.syncs
        try store.sync()
        #expect(try store.allocate() == 2)
        #expect(store.syncs == before + 2)
        // Nothing waits any more, so that there is nothing to be done.
        try store.free(2)
        try store.sync()
        try store.sync()
        let after = store.syncs
        try store.sync()
        #expect(store.syncs == after)
    }

    @Test func `a page that was taken and freed between two syncs can be had at once`() throws {
        var store = try open(machine)
        let page = try store.allocate()
        try store.free(page)
        #expect(try store.allocate() == page)
    }

    @Test func `a store whose ring has failed takes no more writes, and can be read`() throws {
        let directory = TemporaryDirectory()
        let script = FaultScript()
        let path = directory.file("blocks")
        let loaded = try LoadedBlocks.open(
            path: path, options: .init(engine: .portable, capacity: 4)
        ) { () throws(StorageError) in try FaultyOperations(.portable, script: script) }
        var store = BlockEngine(loaded, cipher: nil)
        let page = try store.allocate()
        try store.write(page, [1].span)
        try store.sync()
        // The ring keeps the buffer of what it was to write.
        script.inject(.lost, on: .write)
        let error = failure { () throws(StorageError) in try store.write(page, [2].span) }
        let cause = try #require(error)
        #expect(cause.number == EBADF)
        #expect(try store.read(page) == [1])
        let again = failure { () throws(StorageError) in try store.write(page, [2].span) }
        #expect(again == .poisoned(path: path, cause: cause))
    }
}
