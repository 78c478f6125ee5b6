import MemoryExplorer
import Testing

@testable import Channels

/// Walks through programs of unbounded channels that have too many executions for all of them: segments
/// that are left, reclaimed and used again; and what happens when one step of that is taken away.
@Suite(.serialized) struct SegmentWalkTests {
    @Test(
        arguments: [(1, 1, 3, 1), (1, 1, 3, 2), (1, 2, 2, 2), (2, 2, 2, 2)], [true, false])
    func `segments are reclaimed and used again`(
        _ program: (capacity: Int, senders: Int, each: Int, receivers: Int), _ keepsSegments: Bool
    ) {
        let result = trySegments(
            ExploredAtomics.self, capacity: program.capacity, senders: program.senders,
            each: program.each, receivers: program.receivers, looks: 3,
            keepsSegments: keepsSegments, by: Exploration.walks(80))
        #expect(result.failure == nil)
    }

    /// What is found in walks of a sender and two receivers through three segments of one slot.
    private func finding<Atomics: AtomicsProvider>(
        _: Atomics.Type, keepsSegments: Bool
    ) -> String? {
        trySegments(
            Atomics.self, capacity: 1, senders: 1, each: 3, receivers: 2, looks: 3,
            keepsSegments: keepsSegments, by: Exploration.walks(2_000)
        ).failure
    }

    @Test func `a segment that is reclaimed under its reader is found`() {
        let early = finding(PrematureEnds.self, keepsSegments: false)
        #expect(
            early?.contains("may be reading it") == true
                || early?.contains("touches memory that was given back") == true)
        let silent = finding(UnreleasedEnds.self, keepsSegments: false)
        #expect(silent?.contains("is freed while thread") == true)
    }

    @Test func `references that are dropped without order are found`() {
        let dropped = finding(UnorderedDrops.self, keepsSegments: false)
        #expect(dropped?.contains("is freed while thread") == true)
    }

    @Test func `a segment that is used again without what was done in its last life is found`() {
        let reused = finding(UnorderedReuse.self, keepsSegments: true)
        #expect(reused?.contains("races with a plain read") == true)
    }

    @Test func `a look that holds no reference is found`() {
        let unheld = finding(Unpeeked.self, keepsSegments: false)
        #expect(unheld != nil)
    }

    @Test func `loads that acquire nothing are found`() {
        let words = finding(UnacquiredWords.self, keepsSegments: false)
        #expect(words?.contains("races with a plain write") == true)
    }
}
