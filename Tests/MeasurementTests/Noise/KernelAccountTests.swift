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

    /// The limit is there for one that counts nothing, which would not end otherwise.
    @Test(
        .enabled(if: isCounted, "the kernel keeps no times of waiting for a core"),
        .timeLimit(.minutes(5)))
    func `a thread that shares its core waits for it`() async throws {
        let unit = try #require(try ThreadBinding.allowedPUs().indexes.first)
        let isOver = Flag()
        defer { isOver.set() }
        for name in ["one", "other"] {
            // Not joined: they end with the test.
            _ = try PinnedThread(pu: unit, name: name) { while !isOver.isSet {} }
        }
        var waits = CoreWaits()
        while waits.look() == .zero { try await Task.sleep(for: .milliseconds(1)) }
    }

    private final class Flag: Sendable {
        private let value = Atomic(false)

        var isSet: Bool { value.load(ordering: .relaxed) }

        func set() { value.store(true, ordering: .relaxed) }
    }
}
