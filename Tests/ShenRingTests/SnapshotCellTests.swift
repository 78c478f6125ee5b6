import Randomness
import Synchronization
import TestSupport
import Testing

@testable import ShenRing

/// Counts the snapshots that are alive.
private final class Census: Sendable {
    let alive = Atomic(0)
    let most = Atomic(0)

    func born() {
        let now = alive.wrappingAdd(1, ordering: .relaxed).newValue
        _ = most.max(now, ordering: .relaxed)
    }

    func died() { alive.wrappingSubtract(1, ordering: .relaxed) }

    var count: Int { alive.load(ordering: .relaxed) }
    var maximum: Int { most.load(ordering: .relaxed) }
}

/// A snapshot on the heap that knows when it is read after its death, and whose death is counted.
///
/// `@unchecked Sendable`: the words are written before it is shared and by its deinit.
@safe private struct Witness: ~Copyable, @unchecked Sendable {
    static let wordCount = 8
    let version: UInt64
    private let words: UnsafeMutablePointer<UInt64>
    private let census: Census
    private let atDeath: (@Sendable () -> Void)?

    init(version: UInt64, census: Census, atDeath: (@Sendable () -> Void)? = nil) {
        self.version = version
        self.census = census
        self.atDeath = atDeath
        // Sound: room for the words that are written here. Word by word, as in `deinit`: the thread
        // sanitizer does not see what the standard library writes.
        unsafe words = .allocate(capacity: Witness.wordCount)
        var index = 0
        while index < Witness.wordCount {
            unsafe words[index] = version
            index += 1
        }
        census.born()
    }

    deinit {
        // Whoever still reads finds other words, or is stopped by the address sanitizer. Sound: the
        // words that `init` allocated.
        var index = 0
        while index < Witness.wordCount {
            unsafe words[index] = .max
            index += 1
        }
        unsafe words.deallocate()
        census.died()
        atDeath?()
    }

    var isIntact: Bool {
        // A loop without ranges, here and above: those ask the runtime for their type's metadata at
        // each step of an unoptimised build, and under the thread sanitizer that takes a lock.
        var index = 0
        while index < Witness.wordCount {
            // Sound: `init` wrote as many words.
            guard unsafe words[index] == version else { return false }
            index += 1
        }
        return true
    }
}

@Suite struct SnapshotCellTests {
    @Test func `a reader sees the latest snapshot, and the one it reads stays until it is done`() {
        let census = Census()
        let cell = SnapshotCell(Witness(version: 1, census: census))
        var reader = cell.makeReader()
        let seen = reader.read { snapshot in
            cell.publish(Witness(version: 2, census: census))
            cell.publish(Witness(version: 3, census: census))
            let isIntact = snapshot.isIntact
            #expect(isIntact)
            // The one being read and the latest; the one between is gone.
            #expect(census.count == 2)
            return snapshot.version
        }
        #expect(seen == 1)
        #expect(cell.heldCount == 1)
        #expect(reader.read { $0.version } == 3)
        #expect(census.count == 1)
        #expect(cell.heldCount == 0)
    }

    @Test func `a replaced snapshot is freed when the last reader that could see it has left`() {
        let census = Census()
        let cell = SnapshotCell(Witness(version: 1, census: census))
        var first = cell.makeReader()
        var second = cell.makeReader()
        var third: SnapshotReader<Witness>? = cell.makeReader()
        #expect(first.read { $0.version } == 1)
        #expect(second.read { $0.version } == 1)
        #expect(third?.read { $0.version } == 1)
        cell.publish(Witness(version: 2, census: census))
        #expect(census.count == 2)
        first.leave()
        #expect(census.count == 2)
        #expect(second.read { $0.version } == 2)
        #expect(census.count == 2)
        third = nil
        #expect(census.count == 1)
        first.leave()
        #expect(first.read { $0.version } == 2)
    }

    @Test func `a reader that stalls holds back one snapshot, not those that follow`() {
        let census = Census()
        let cell = SnapshotCell(Witness(version: 0, census: census))
        var stalled = cell.makeReader()
        _ = stalled.read { $0.version }
        for version in 1...1000 as ClosedRange<UInt64> {
            cell.publish(Witness(version: version, census: census))
        }
        #expect(census.count == 2)
        #expect(census.maximum <= 3)
        #expect(stalled.read { $0.version } == 1000)
        #expect(census.count == 1)
    }

    @Test func `a reader that leaves while others are being freed leaves nothing behind`() {
        let census = Census()
        let cell = SnapshotCell(Witness(version: 1, census: census))
        let reader = Mutex<SnapshotReader<Witness>?>(cell.makeReader())
        reader.withLock { _ = $0?.read { $0.version } }
        // The second snapshot's death takes place after the slots have been looked at, with the
        // first one still pinned and off the list.
        cell.publish(
            Witness(version: 2, census: census) { reader.withLock { $0?.leave() } })
        #expect(census.count == 2)
        cell.publish(Witness(version: 3, census: census))
        #expect(census.count == 1)
        #expect(cell.heldCount == 0)
    }

    @Test func `a cell that goes away frees its snapshot, and readers keep it until then`() {
        let census = Census()
        var reader: SnapshotReader<Witness>?
        do {
            let cell = SnapshotCell(Witness(version: 1, census: census))
            reader = cell.makeReader()
            _ = reader?.read { $0.version }
            cell.publish(Witness(version: 2, census: census))
        }
        #expect(reader?.read { $0.isIntact ? $0.version : 0 } == 2)
        reader = nil
        #expect(census.count == 0)
    }

    @Test func `an update that fails publishes nothing`() throws {
        let cell = SnapshotCell(try AnkhRing(members: namedMembers(2)))
        #expect(throws: RingError.duplicateName("node-1")) {
            try cell.update { ring throws(RingError) in try ring.adding(RingMember("node-1")) }
        }
        var reader = cell.makeReader()
        #expect(reader.read { $0.members.count } == 2)
        #expect(cell.heldCount == 0)
    }

    @Test func `updates from several threads are all kept`() throws {
        let cell = SnapshotCell(try AnkhRing(members: [RingMember("first")], virtualNodes: 2))
        TestThread.all(4) { thread in
            for index in 0..<50 {
                try? cell.update { ring throws(RingError) in
                    try ring.adding(RingMember(NodeName("\(thread)-\(index)")))
                }
            }
        }
        var reader = cell.makeReader()
        #expect(reader.read { $0.members.count } == 201)
        #expect(cell.heldCount == 0)
    }

    @Test(arguments: [1, 2])
    func `under writers and readers no snapshot is freed early, kept late or seen backwards`(
        writers: Int
    ) {
        let census = Census()
        let cell = SnapshotCell(Witness(version: 0, census: census))
        let faults = Atomic(0)
        let readers = 4
        // Many: what is to be caught is a thread interrupted between two instructions.
        let publications: UInt64 = writers == 1 ? 100_000 : 20_000
        TestThread.all(readers + writers) { thread in
            if thread < writers {
                var step: UInt64 = 1
                while step <= publications {
                    // One writer knows the latest version; several make theirs from it.
                    if writers == 1 {
                        cell.publish(Witness(version: step, census: census))
                    } else {
                        cell.update { Witness(version: $0.version + 1, census: census) }
                    }
                    step += 1
                }
                return
            }
            var generator = testSeed.derived(for: thread).generator()
            var reader = cell.makeReader()
            var newest: UInt64 = 0
            var reads: UInt64 = 0
            while reads < 2 * publications {
                reads += 1
                let (isIntact, version) = reader.read { ($0.isIntact, $0.version) }
                if !isIntact || version < newest { faults.wrappingAdd(1, ordering: .relaxed) }
                newest = version
                switch generator.next(below: 16) {
                case 0: reader.leave()
                case 1: reader = cell.makeReader()
                default: break
                }
            }
        }
        #expect(faults.load(ordering: .relaxed) == 0, "\(replay)")
        #expect(census.count == 1, "\(replay)")
        #expect(cell.heldCount == 0, "\(replay)")
        // What each thread has pinned, or has taken off the list before it was interrupted:
        // bounded by the threads, not by the thousands of publications.
        let threads = readers + writers + 1
        #expect(census.maximum <= threads * threads, "\(replay)")
    }

    @Test func `rings that are swapped for ever answer every lookup from one snapshot`() throws {
        let small = namedMembers(3)
        let large = namedMembers(5)
        let cell = SnapshotCell(try AnkhRing(members: small, virtualNodes: 8))
        let reference = [
            3: ReferenceRing(small, virtualNodes: 8), 5: ReferenceRing(large, virtualNodes: 8),
        ]
        let faults = Atomic(0)
        TestThread.all(3) { thread in
            if thread == 0 {
                for _ in 0..<200 {
                    try? cell.update { ring throws(RingError) in
                        try ring.members.count == 3
                            ? ring.adding(contentsOf: Array(large[3...]))
                            : ring.removing(contentsOf: ["node-3", "node-4"])
                    }
                }
                return
            }
            var generator = testSeed.derived(for: thread).generator()
            var reader = cell.makeReader()
            for _ in 0..<2000 {
                let hash = generator.next()
                let (count, owner) = reader.read { ($0.members.count, $0.owner(ofHash: hash)) }
                if reference[count]?.owner(ofHash: hash) != owner {
                    faults.wrappingAdd(1, ordering: .relaxed)
                }
            }
        }
        #expect(faults.load(ordering: .relaxed) == 0, "\(replay)")
        #expect(cell.heldCount == 0, "\(replay)")
    }
}
