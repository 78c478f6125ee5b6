import MemoryExplorer
import TestSupport
import Testing

@testable import Channels

/// The event count by itself, under every interleaving of small programs.
@Suite(.serialized) struct EventCountTests {
    /// An event count, and words whose becoming 1 is the event.
    @safe private struct Shared<Atomics: AtomicsProvider>: @unchecked Sendable {
        // Sendable because it is touched through explored atomics only.
        let words: Words
        let events: EventCount<Atomics>

        init(fences: Bool = false) {
            words = Words(4)
            // SAFETY: an atomic by `Words`, which `initialize` makes once more.
            unsafe events = EventCount(at: words[0])
            if fences { events.initialize(fences: true) }
        }

        /// Takes what there is; whether there was something.
        func take(_ index: Int) -> Bool {
            unsafe Atomics.exchangeRelaxed(words[index], 0) == 1
        }

        func put(_ index: Int) {
            unsafe Atomics.storeReleasing(words[index], UInt32(1))
        }
    }

    /// Sleeps until one of the words is 1, and takes it.
    private static func await<Atomics>(
        _ shared: Shared<Atomics>, _ indices: [Int], looksAgain: Bool = true
    ) {
        while true {
            if indices.contains(where: { shared.take($0) }) { return }
            let ticket = shared.events.prepare()
            if looksAgain, indices.contains(where: { shared.take($0) }) {
                shared.events.cancel(ticket)
                return
            }
            _ = shared.events.sleep(ticket)
        }
    }

    private func oneSleeper<Atomics: AtomicsProvider>(
        _: Atomics.Type, fences: Bool = false, looksAgain: Bool = true
    ) -> Exploration {
        Exploration.run(limit: 20_000) { program in
            let shared = Shared<Atomics>(fences: fences)
            program.thread { Self.await(shared, [1], looksAgain: looksAgain) }
            program.thread {
                shared.put(1)
                shared.events.wakeOne()
            }
        }
    }

    @Test func `a sleeper is woken, by either kind of barrier`() {
        for fences in [true, false] {
            let result = oneSleeper(ExploredAtomics.self, fences: fences)
            #expect(result.failure == nil)
            #expect(result.isComplete)
        }
    }

    @Test func `a barrier that is missing is found, and a second look that is`() {
        let unfenced = oneSleeper(Unfenced.self)
        #expect(unfenced.failure?.contains("nobody is left to wake them") == true)
        let blind = oneSleeper(ExploredAtomics.self, looksAgain: false)
        #expect(blind.failure?.contains("nobody is left to wake them") == true)
    }

    @Test func `two events wake two sleepers, who take either`() {
        let result = Exploration.run(Exploration.walks(400)) { program in
            let shared = Shared<ExploredAtomics>()
            program.thread { Self.await(shared, [1, 2]) }
            program.thread { Self.await(shared, [1, 2]) }
            program.thread {
                for event in [1, 2] {
                    shared.put(event)
                    shared.events.wakeOne()
                }
            }
        }
        #expect(result.failure == nil)
    }

    @Test func `waking all wakes all`() {
        let result = Exploration.run(Exploration.walks(400)) { program in
            let shared = Shared<ExploredAtomics>()
            program.thread { Self.await(shared, [1]) }
            program.thread { Self.await(shared, [2]) }
            program.thread {
                shared.put(1)
                shared.put(2)
                shared.events.wakeAll()
            }
        }
        #expect(result.failure == nil)
    }

    @Test func `who gives up leaves the wake-up to the other`() {
        let result = Exploration.run(Exploration.walks(400)) { program in
            let shared = Shared<ExploredAtomics>()
            program.thread { Self.await(shared, [1]) }
            program.thread {
                let ticket = shared.events.prepare()
                if shared.take(1) {
                    shared.events.cancel(ticket)
                    shared.put(1)
                    shared.events.wakeOne()
                    return
                }
                // What woke it may have been for the other one.
                if shared.events.sleep(ticket, until: 100) { shared.events.wakeOne() }
            }
            program.thread {
                shared.put(1)
                shared.events.wakeOne()
            }
        }
        #expect(result.failure == nil)
    }
}
