import Glibc
import Quantities
import Randomness
import StorageFaults
import Testing

@testable import Storage

/// What is asked of a block store whose content is a list of numbers, each in a page of its own,
/// which is never changed in place.
private enum BlockStep: Hashable, Sendable {
    /// Puts new pages in the place of all old ones.
    case rewrite
    case grow
    case shrink
    case sync
    /// Somebody else opens the store, and changes it if that succeeds.
    case intrude
}

/// The lists that the store may hold.
private struct BlockPromises: Sendable {
    var durable: [UInt64] = []
    /// A list that a `sync` under way may make durable.
    var next: [UInt64]?
}

private struct BlockSubject<Operations: FileOperations & ~Copyable>: CrashSubject, ~Copyable {
    typealias Failure = StorageError

    private var store: BlockEngine<Operations>
    private let make: LoadedBlocks<Operations>.Maker
    private let pageSize: UInt64
    /// The pages, and what is in them.
    private var pages: [(page: UInt64, number: UInt64)]
    private var count: UInt64

    init(
        pageSize: UInt64 = 512, _ make: @escaping LoadedBlocks<Operations>.Maker
    ) throws(StorageError) {
        var options = BlockStore.Options(engine: .portable, capacity: 12)
        options.pageSize = ByteCount(pageSize)
        var opened = BlockEngine(
            try LoadedBlocks<Operations>.open(path: "/blocks", options: options, make: make),
            cipher: nil)
        var found: [(page: UInt64, number: UInt64)] = []
        for byte in opened.root {
            let content = try opened.read(UInt64(byte))
            found.append((UInt64(byte), content.span.number(UInt64.self, at: 0)))
        }
        store = opened
        pages = found
        count = (found.map(\.number).max() ?? 0) + 1
        self.make = make
        self.pageSize = pageSize
    }

    mutating func perform(_ operation: BlockStep, _ ledger: Ledger<BlockPromises>) {
        // What it can no more do is not promised. What it has begun may still come.
        switch operation {
        case .grow: try? add()
        case .shrink: try? shrink()
        case .rewrite: try? rewrite()
        case .sync: try? sync(ledger)
        case .intrude:
            guard var other = try? BlockSubject(pageSize: pageSize, make) else { return }
            // Its numbers are others than those that the first opener gives.
            other.count += 1000
            try? other.add()
            try? other.sync(ledger)
        }
    }

    private mutating func shrink() throws(StorageError) {
        guard let last = pages.popLast() else { return }
        try store.free(last.page)
    }

    private mutating func rewrite() throws(StorageError) {
        let old = pages
        pages = []
        do throws(StorageError) {
            for _ in old { try add() }
        } catch {
            // A page that nothing refers to would be in use for ever.
            for entry in pages { try? store.free(entry.page) }
            pages = old
            throw error
        }
        for entry in old { try store.free(entry.page) }
    }

    private mutating func sync(_ ledger: Ledger<BlockPromises>) throws(StorageError) {
        let root = pages.map { UInt8($0.page) }
        try store.setRoot(root.span)
        let numbers = pages.map(\.number)
        ledger.promises.next = numbers
        try store.sync()
        ledger.promises = BlockPromises(durable: numbers)
    }

    private mutating func add() throws(StorageError) {
        let page = try store.allocate()
        var content: [UInt8] = []
        content.append(number: count)
        content += [UInt8](repeating: UInt8(truncatingIfNeeded: count), count: 400)
        do throws(StorageError) {
            try store.write(page, content.span)
        } catch {
            try? store.free(page)
            throw error
        }
        pages.append((page, count))
        count += 1
    }

    mutating func audit(_ promises: inout BlockPromises, after crash: Crash) -> String? {
        let found = pages.map(\.number)
        guard found == promises.durable || found == promises.next else {
            return "\(found), not \(promises)"
        }
        guard store.map.allocated == UInt64(found.count) else {
            return "\(store.map.allocated) pages in use for \(found.count)"
        }
        promises = BlockPromises(durable: found)
        return nil
    }

    consuming func close(_ ledger: Ledger<BlockPromises>) {
        let root = pages.map { UInt8($0.page) }
        let numbers = pages.map(\.number)
        guard (try? store.setRoot(root.span)) != nil else { return }
        ledger.promises.next = numbers
        guard (try? store.close()) != nil else { return }
        ledger.promises = BlockPromises(durable: numbers)
    }
}

@Suite struct BlockCrashTests {
    private struct Machine: @unchecked Sendable {
        // Sendable: nothing leaves the test's thread.
        let files: SimulatedFileSystem
    }

    /// A page cache that goes on showing what a failed sync has lost.
    private static let believing = {
        var limits = FileSystemLimits()
        limits.evictsFailedPages = false
        return limits
    }()

    private func explorer(
        _ defect: PlantedDefect? = nil, limits: FileSystemLimits = FileSystemLimits(),
        pageSize: UInt64 = 512
    ) -> CrashExplorer<BlockSubject<DefectiveOperations>> {
        var start = FileSystemState()
        start.limits = limits
        return CrashExplorer(
            alphabet: [.grow, .rewrite, .shrink, .sync, .sync, .intrude], promises: BlockPromises(),
            start: start
        ) { machine throws(StorageError) in
            let machine = Machine(files: machine)
            return try BlockSubject(pageSize: pageSize) { () throws(StorageError) in
                DefectiveOperations(defect, on: machine.files)
            }
        }
    }

    @Test func `pages, map and root are those of one sync or of the next, wherever it crashes`() {
        var explorer = explorer()
        explorer.exploreSequences(upTo: CrashBudget.length(2), draws: 1, seed: Seed(1))
        explorer.exploreLives(CrashBudget.times(60), crashes: 6, length: 10, seed: Seed(2))
        #expect(explorer.report.finding == nil)
        #expect(explorer.report.crashes > 1000)
    }

    @Test func `the same holds where the cache shows what a failed sync has lost`() {
        var explorer = explorer(limits: Self.believing)
        explorer.exploreLives(CrashBudget.times(100), crashes: 6, length: 10, seed: Seed(4))
        #expect(explorer.report.finding == nil)
    }

    /// Two superblocks and two maps take 4 blocks, each page one.
    @Test(arguments: [4, 5, 7, 10] as [UInt64])
    func `the same holds on a device that is soon full`(blocks: UInt64) {
        var limits = FileSystemLimits()
        limits.blocks = blocks
        var explorer = explorer(limits: limits, pageSize: 4096)
        explorer.exploreLives(CrashBudget.times(20), crashes: 5, length: 10, seed: Seed(5))
        #expect(explorer.report.finding == nil)
    }

    /// What is in the store: the root and eight pages.
    private func content(
        of machine: StoreMachine, _ defect: PlantedDefect?
    ) throws(StorageError) -> [[UInt8]] {
        var store = try open(machine, defect)
        var content = [store.root]
        for page: UInt64 in 0..<8 { content.append(try store.read(page)) }
        return content
    }

    private func open(
        _ machine: StoreMachine, _ defect: PlantedDefect? = nil
    ) throws(StorageError) -> BlockEngine<DefectiveOperations> {
        var options = BlockStore.Options(engine: .portable, capacity: 12)
        options.pageSize = ByteCount(512)
        let loaded = try LoadedBlocks.open(path: "/blocks", options: options) {
            DefectiveOperations(defect, on: machine.files)
        }
        return BlockEngine(loaded, cipher: nil)
    }

    /// The sync of the pages, and that of the superblock.
    @Test(arguments: [0, 1], [nil, PlantedDefect.cacheBelievedAfterFailedSync])
    func `after a failed sync the next opener sees what a power cut leaves`(
        passes: Int, defect: PlantedDefect?
    ) throws {
        var start = FileSystemState()
        start.limits = Self.believing
        let machine = StoreMachine(start)
        var store = try open(machine)
        for number: UInt8 in 1...2 {
            for page: UInt64 in 0..<8 {
                if number == 1 { _ = try store.allocate() }
                try store.write(page, [UInt8](repeating: number, count: 300).span)
            }
            try store.setRoot([number].span)
            guard number == 2 else {
                try store.sync()
                continue
            }
            machine.files.faults.inject(
                .error(ErrorNumber(code: EIO)), on: .sync, after: passes)
            #expect(throws: StorageError.self) { try store.sync() }
        }
        // The failed store is not closed: its process is killed.
        machine.files.crash(.kill)
        let shown = try content(of: machine, defect)
        machine.files.crash(.powerCut(.reordered, .nothing))
        let kept = try content(of: machine, nil)
        // With the defect something else is shown: otherwise nothing was lost, and nothing to be seen.
        #expect((shown == kept) == (defect == nil), "\(shown) and \(kept)")
    }

    @Test(arguments: [
        PlantedDefect.directoryNeverSynced, .acknowledgedBeforeSync, .syncedBeforeWritten,
        .failedSyncIgnored, .failedSyncRetried, .interruptionTakenForSuccess, .fullDiskIgnored,
        .shortWriteTakenForWhole, .lockIgnored,
    ])
    func `a mistake in the file operations is found`(defect: PlantedDefect) {
        var explorer = explorer(defect)
        explorer.exploreLives(400, crashes: 6, length: 10, seed: Seed(3))
        #expect(explorer.report.finding != nil, "\(defect) in \(explorer.report.crashes) crashes")
    }
}
