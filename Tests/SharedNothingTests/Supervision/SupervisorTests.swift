import Randomness
import SharedNothing
import TestSupport
import Testing

/// Names of children.
private let names = ["a", "b", "c", "d"]

private func supervisor(
    _ strategy: Supervisor.Strategy, _ children: [Supervisor.Child], restarts: Int = 100
) -> Supervisor {
    Supervisor(
        strategy, intensity: RestartIntensity(atMost: restarts, within: .seconds(10)),
        backoff: Backoff(
            Backoff.Shape(immediate: 1_000_000, jitter: .none), seed: Seed(1)),
        children: children)
}

private func at(_ milliseconds: Int) -> MonotonicTime {
    MonotonicTime(nanoseconds: UInt64(milliseconds) * 1_000_000)
}

/// What Erlang's manual says of one event, written down a second time, without state.
private func expected(
    _ strategy: Supervisor.Strategy, _ lasting: [Supervisor.Lasting], running: [Bool],
    ended: Int, failed: Bool
) -> [Supervisor.Directive] {
    let mayRestart: Bool
    switch lasting[ended] {
    case .permanent: mayRestart = true
    case .transient: mayRestart = failed
    case .temporary: mayRestart = false
    }
    guard mayRestart else { return [] }
    let others = lasting.indices.filter { index in
        guard index != ended, running[index] else { return false }
        switch strategy {
        case .oneForOne: return false
        case .oneForAll: return true
        case .restForOne: return index > ended
        }
    }
    let started = (others.filter { lasting[$0] != .temporary } + [ended]).sorted()
    return others.reversed().map { .stop(names[$0]) }
        + started.map { .start(names[$0], after: .zero) }
}

@Suite struct SupervisorTests {
    @Test func `starts in order and stops in the opposite one`() {
        var tree = supervisor(
            .oneForOne,
            [
                .worker("a"), .supervisor(supervisor(.oneForAll, [.worker("b"), .worker("c")])),
                .worker("d"),
            ])
        #expect(tree.runningWorkers == [])
        #expect(tree.start() == names.map { .start($0, after: .zero) })
        #expect(tree.runningWorkers == names)
        #expect(tree.stop() == names.reversed().map { .stop($0) })
        #expect(tree.runningWorkers == [])
    }

    /// Every strategy, kind of each child, set of children that run, child that ends, and way.
    @Test(arguments: 1...4)
    func `does what the manual says, in every case`(count: Int) {
        let kinds = Supervisor.Lasting.allCases
        for strategy in Supervisor.Strategy.allCases {
            for code in 0..<(0..<count).reduce(1, { product, _ in product * 3 }) {
                var rest = code
                let lasting = (0..<count).map { _ in
                    defer { rest /= 3 }
                    return kinds[rest % 3]
                }
                for mask in 1..<(1 << count) {
                    check(strategy, lasting, mask)
                }
            }
        }
    }

    private func check(
        _ strategy: Supervisor.Strategy, _ lasting: [Supervisor.Lasting], _ mask: Int
    ) {
        let count = lasting.count
        var tree = supervisor(strategy, (0..<count).map { .worker(names[$0], lasting[$0]) })
        _ = tree.start()
        // Those that shall not run have finished; who cannot finish runs.
        for index in 0..<count where mask & (1 << index) == 0 && lasting[index] != .permanent {
            #expect(tree.ended(names[index], failed: false, at: at(0)) == [])
        }
        let running = (0..<count).map { tree.runningWorkers.contains(names[$0]) }
        for ended in 0..<count {
            for failed in [false, true] {
                var copy = tree
                let directives = copy.ended(names[ended], failed: failed, at: at(1))
                let wanted =
                    running[ended]
                    ? expected(strategy, lasting, running: running, ended: ended, failed: failed)
                    : []
                #expect(directives == wanted, "\(strategy) \(lasting) \(mask) \(ended) \(failed)")
            }
        }
    }

    @Test func `gives up when there are too many restarts, and then does nothing more`() {
        var tree = supervisor(.oneForOne, [.worker("a"), .worker("b"), .worker("c")], restarts: 2)
        _ = tree.start()
        #expect(tree.ended("b", failed: true, at: at(0)) == [.start("b", after: .zero)])
        #expect(tree.ended("a", failed: true, at: at(1)) == [.start("a", after: .zero)])
        #expect(!tree.hasGivenUp)
        #expect(
            tree.ended("b", failed: true, at: at(2)) == [.stop("c"), .stop("a"), .giveUp])
        #expect(tree.hasGivenUp)
        #expect(tree.runningWorkers == [])
        #expect(tree.ended("a", failed: true, at: at(60_000)) == [])
    }

    @Test func `escalates to the parent, which restarts the whole branch with a fresh intensity`() {
        let branch = supervisor(.oneForOne, [.worker("b"), .worker("c")], restarts: 1)
        var tree = supervisor(
            .restForOne, [.worker("a"), .supervisor(branch), .worker("d")], restarts: 1)
        _ = tree.start()
        #expect(tree.ended("c", failed: true, at: at(0)) == [.start("c", after: .zero)])
        #expect(
            tree.ended("c", failed: true, at: at(1)) == [
                .stop("b"), .stop("d"), .start("b", after: .zero), .start("c", after: .zero),
                .start("d", after: .zero),
            ])
        #expect(tree.runningWorkers == names)
        // The branch may restart once more by itself; then the tree is at its own end.
        #expect(tree.ended("b", failed: true, at: at(2)) == [.start("b", after: .zero)])
        #expect(
            tree.ended("b", failed: true, at: at(3))
                == [.stop("c"), .stop("d"), .stop("a"), .giveUp])
    }

    @Test func `never restarts for ever, however the failures come`() {
        var generator = testSeed.derived(for: "endless failures").generator()
        for strategy in Supervisor.Strategy.allCases {
            let branch = supervisor(strategy, [.worker("b"), .worker("c")], restarts: 3)
            var tree = supervisor(strategy, [.worker("a"), .supervisor(branch)], restarts: 3)
            _ = tree.start()
            var events = 0
            while !tree.hasGivenUp && events < 1000 {
                let running = tree.runningWorkers
                let name = running[Int(generator.next(below: UInt64(running.count)))]
                _ = tree.ended(name, failed: true, at: at(events))
                events += 1
            }
            // Three of its own, and three of the branch before each of its failures.
            #expect(tree.hasGivenUp && events <= 16, "\(events); \(replay)")
        }
    }

    @Test func `delays restarts by the back-off of the supervisor that restarts`() {
        var tree = Supervisor(
            .oneForAll, intensity: RestartIntensity(atMost: 10, within: .seconds(1)),
            backoff: Backoff(
                Backoff.Shape(immediate: 1, first: .milliseconds(4), jitter: .none), seed: Seed(1)),
            children: [.worker("a"), .worker("b")])
        _ = tree.start()
        #expect(
            tree.ended("a", failed: true, at: at(0))
                == [.stop("b"), .start("a", after: .zero), .start("b", after: .zero)])
        #expect(
            tree.ended("b", failed: true, at: at(1)) == [
                .stop("a"), .start("a", after: .milliseconds(4)),
                .start("b", after: .milliseconds(4)),
            ])
    }

    @Test func `refuses two workers of one name`() async {
        await #expect(processExitsWith: .failure) {
            _ = supervisor(
                .oneForOne, [.worker("a"), .supervisor(supervisor(.oneForOne, [.worker("a")]))])
        }
    }
}
