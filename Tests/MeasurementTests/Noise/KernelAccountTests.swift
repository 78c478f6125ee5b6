import Glibc
import Hardware
import Quantities
import Synchronization
import Testing

@testable import Measurement

@Suite struct KernelAccountTests {
    @Test func `the wait for a core is the second value of schedstat`() {
        #expect(ThreadActivity.parseWait("34 5600 12\n") == 5600)
        #expect(ThreadActivity.parseWait("") == nil)
    }

    @Test func `the longest wait is that of one thread between two looks`() {
        var waits = CoreWaits()
        _ = waits.look(["1": 100, "2": 50])
        // A thread that is new has waited before it was seen.
        #expect(waits.look(["1": 130, "2": 90, "3": 1000]).rawValue == 40)
        #expect(waits.look(["1": 130, "3": 1000]).rawValue == 0)
        #expect(waits.look([:]).rawValue == 0)
    }

    private static let isCounted = ThreadActivity.waitedForCore() != nil

    @Test(.enabled(if: isCounted, "the kernel keeps no times of waiting for a core"))
    func `a thread that shares its core waits for it`() throws {
        let unit = try #require(try ThreadBinding.allowedPUs().indexes.first)
        let isOver = Flag()
        let threads = try ["one", "other"].map { name in
            try PinnedThread(pu: unit, name: name) { while !isOver.isSet {} }
        }
        var waits = CoreWaits()
        while waits.look() == .zero { usleep(1000) }
        isOver.set()
        for thread in threads { thread.join() }
    }

    private final class Flag: Sendable {
        private let value = Atomic(false)

        var isSet: Bool { value.load(ordering: .relaxed) }

        func set() { value.store(true, ordering: .relaxed) }
    }
}
