import Glibc
import Synchronization
import Testing

@testable import Hardware

@Suite struct BindingTests {
    private static let allowed = (try? ThreadBinding.allowedPUs()) ?? []
    private static let hasTwo = allowed.count >= 2

    /// Where a thread found itself.
    private struct Finding: Sendable {
        var place = -1
        var binding: CPUSet = []
        var name = ""
    }

    private func look() -> Finding {
        Finding(
            place: ThreadBinding.currentPU(),
            binding: (try? ThreadBinding.bindingOfCurrentThread()) ?? [],
            name: (try? SystemFiles().text("/proc/thread-self/comm").trimmed) ?? "")
    }

    @Test func `a pinned thread runs where it was pinned, under its name`() throws {
        for pu in Self.allowed.indexes {
            let finding = Mutex(Finding())
            let thread = try PinnedThread(pu: pu, name: "reader") {
                let found = self.look()
                finding.withLock { $0 = found }
            }
            thread.join()
            let found = finding.withLock { $0 }
            #expect(found.place == pu)
            #expect(found.binding == [pu])
            #expect(found.name == "reader")
        }
    }

    @Test(.enabled(if: hasTwo, "needs two hardware threads"))
    func `a binding moves the thread at once, and a wider one undoes it`() throws {
        let findings = Mutex<[Finding]>([])
        let failure = Mutex<HardwareError?>(nil)
        let (first, second) = (Self.allowed.indexes[0], Self.allowed.indexes[1])
        let thread = try PinnedThread(pu: first, name: "mover") {
            do throws(HardwareError) {
                for _ in 0..<20 {
                    for pu in [second, first] {
                        try ThreadBinding.bindCurrentThread(to: pu)
                        let found = self.look()
                        findings.withLock { $0.append(found) }
                    }
                }
                try ThreadBinding.bindCurrentThread(to: try ThreadBinding.allowedPUs())
                let found = self.look()
                findings.withLock { $0.append(found) }
            } catch {
                failure.withLock { $0 = error }
            }
        }
        thread.join()
        #expect(failure.withLock { $0 } == nil)
        var all = findings.withLock { $0 }
        #expect(all.removeLast().binding == Self.allowed)
        #expect(all.map(\.place) == (0..<20).flatMap { _ in [second, first] })
    }

    @Test func `a binding does not narrow what the process may use`() throws {
        let pu = try #require(Self.allowed.first)
        let seen = Mutex<CPUSet>([])
        let thread = try PinnedThread(pu: pu, name: "narrow") {
            let allowed = (try? ThreadBinding.allowedPUs()) ?? []
            seen.withLock { $0 = allowed }
        }
        thread.join()
        #expect(seen.withLock { $0 } == Self.allowed)
    }

    @Test func `a thread that may not run where it should does not run at all`() {
        let ran = Counter()
        let error = #expect(throws: HardwareError.self) {
            try PinnedThread(pu: 100_000, name: "lost") { ran.value.store(1, ordering: .relaxed) }
        }
        #expect(error == .notAllowed(requested: [100_000], allowed: Self.allowed))
        #expect(error?.description.contains("100000") == true)
        #expect(ran.value.load(ordering: .relaxed) == 0)
        #expect(throws: HardwareError.notAllowed(requested: [], allowed: Self.allowed)) {
            try ThreadBinding.bindCurrentThread(to: -1)
        }
    }

    @Test func `a binding chosen from another machine's description is refused`() throws {
        let before = try ThreadBinding.bindingOfCurrentThread()
        let machine = try Machines.synthetic("core:2 pu:1")
        let error = #expect(throws: HardwareError.self) {
            try ThreadBinding.bindCurrentThread(to: 0, in: machine.topology)
        }
        #expect(error?.description.contains("core:2 pu:1") == true)
        // hwloc itself says yes to such a binding, and does nothing.
        let hwloc = try HwlocTopology(.synthetic("core:2 pu:1"))
        #expect(throws: HardwareError.self) {
            try ThreadBinding.bindCurrentThread(to: [0], by: hwloc)
        }
        #expect(try ThreadBinding.bindingOfCurrentThread() == before)
    }

    @Test func `a topology that the environment redirects is not the running machine`() async {
        await #expect(processExitsWith: .success) {
            _ = unsafe setenv("HWLOC_SYNTHETIC", "core:3 pu:1", 1)
            let machine = try Machine.detect()
            let isRefused: Bool
            do throws(HardwareError) {
                try ThreadBinding.bindCurrentThread(to: 0)
                isRefused = false
            } catch {
                isRefused = error.description.contains("HWLOC_SYNTHETIC")
            }
            guard isRefused, machine.topology.origin.kind == .redirected,
                machine.topology.cores.value?.count == 3, machine.memory.total.value == nil,
                machine.storage.directory.value == nil
            else { exit(1) }
        }
    }

    @Test(.enabled(if: hasTwo, "needs two hardware threads"))
    func `a process that was started on one hardware thread may use just that`() async {
        await #expect(processExitsWith: .success) {
            // What `taskset` does, to every thread of this process.
            let last = try ThreadBinding.allowedPUs().indexes.last ?? 0
            try bindProcess(to: last)
            let machine = try Machine.detect()
            guard machine.topology.allowedPUs.value == [last],
                machine.usableCoreCount.value == 1,
                EngineConfiguration.automatic(for: machine).applicationWorkers.value == 1,
                machine.topology.pair()?.relation == .samePU
            else { exit(1) }
        }
    }

    /// A value that tells when it ends.
    private struct Token: ~Copyable, Sendable {
        let ended: Counter
        deinit { ended.value.add(1, ordering: .relaxed) }
    }

    private final class Counter: Sendable {
        let value = Atomic<Int>(0)
    }

    @Test func `a noncopyable argument moves into the thread and ends there, once`() throws {
        let pu = try #require(Self.allowed.first)
        let ended = Counter()
        let token = Token(ended: ended)
        let seen = Counter()
        let thread = try PinnedThread(pu: pu, name: "taker", taking: token) { token in
            seen.value.store(token.ended.value.load(ordering: .relaxed), ordering: .relaxed)
        }
        thread.join()
        #expect(seen.value.load(ordering: .relaxed) == 0)
        #expect(ended.value.load(ordering: .relaxed) == 1)
    }

    @Test func `the argument of a thread that cannot start ends as well, once`() {
        let ended = Counter()
        #expect(throws: HardwareError.self) {
            try PinnedThread(pu: 100_000, name: "lost", taking: Token(ended: ended)) { _ in }
        }
        #expect(ended.value.load(ordering: .relaxed) == 1)
    }

    @Test func `joining twice is a mistake of the programmer`() async {
        await #expect(processExitsWith: .failure) {
            let thread = try PinnedThread(
                pu: try ThreadBinding.allowedPUs().first ?? 0, name: "twice"
            ) {}
            thread.join()
            thread.join()
        }
    }

    @Test func `a thread that is dropped runs on to its end`() throws {
        let pu = try #require(Self.allowed.first)
        let done = Counter()
        do {
            _ = try PinnedThread(pu: pu, name: "dropped") {
                done.value.add(1, ordering: .releasing)
            }
        }
        // Pairs with the releasing addition of the thread, which nobody can join any more.
        while done.value.load(ordering: .acquiring) == 0 { sched_yield() }
    }
}
