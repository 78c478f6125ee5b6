import Randomness
import Synchronization

/// What exploring a program came to.
public struct Exploration: Sendable {
    /// Executions that were run to their end, each different from all others; of a random search the
    /// walks.
    public let executions: Int
    /// Executions that were given up, since they only repeated others in another order.
    public let repeated: Int
    /// Whether that is all there are.
    public let isComplete: Bool
    /// What went wrong in the last one, with its operations one after the other; nil if nothing.
    public let failure: String?
}

/// A small program: what its threads do with memory that they share through `ExploredAtomics`, and
/// what has to be true at the end.
public struct ExploredProgram {
    fileprivate var bodies: [@Sendable () -> Void] = []
    fileprivate var atEnd: @Sendable () -> Void = {}

    /// Adds a thread. All start when the program has been set up.
    public mutating func thread(_ body: @escaping @Sendable () -> Void) {
        bodies.append(body)
    }

    /// Says what is to be done when all threads have ended.
    public mutating func end(_ body: @escaping @Sendable () -> Void) {
        atEnd = body
    }
}

extension Exploration {
    private static let turn = Mutex<Void>(())

    /// Runs a program in every way in which its threads can interleave and its loads can read, up to
    /// the order of what is independent.
    ///
    /// Fails when `expectation` is not met, when plain accesses race, when memory is used after it
    /// was freed, and when all threads that are left wait. The program has to be the same in
    /// each execution but for what it reads, and its loops have to end or to pause. One
    /// exploration at a time in a process; the threads of one that fails are lost.
    ///
    /// - Parameters:
    ///   - limit: the most executions.
    ///   - setUp: makes the shared memory and names the threads; called once for each execution.
    public static func run(
        limit: Int = 1_000_000, _ setUp: (inout ExploredProgram) -> Void
    ) -> Exploration {
        run(.depthFirst(limit: limit), setUp)
    }

    /// Which executions of a program are run.
    public enum Search: Sendable {
        /// All, or so many of the first: those differ in the last choices of one execution only.
        case depthFirst(limit: Int)
        /// So many that chance has chosen, from all over a program that has too many. What fails says
        /// which walk it was, and fails with the same seed again.
        case random(walks: Int, seed: Seed)
    }

    /// As `run(limit:_:)`, in the way of `search`.
    public static func run(
        _ search: Search, _ setUp: (inout ExploredProgram) -> Void
    ) -> Exploration {
        turn.withLock { _ in
            var explorer = Explorer()
            switch search {
            case .depthFirst(let limit): return explorer.explore(limit: limit, setUp)
            case .random(let walks, let seed): return explorer.walk(walks, seed, setUp)
            }
        }
    }

    /// Says that `condition` has to be true here; for the threads and the end of a program.
    public static func expectation(_ condition: Bool, _ what: @autoclosure () -> String) {
        if !condition { ExploredAtomics.execution.fail(what()) }
    }
}

private struct Explorer {
    var decisions = Decisions()
    var shared: Set<Int> = []
    var executions = 0
    var repeated = 0
    var threads: [ReusedThread] = []

    mutating func walk(
        _ walks: Int, _ seed: Seed, _ setUp: (inout ExploredProgram) -> Void
    ) -> Exploration {
        var number = 0
        while executions < walks {
            let walk = RandomWalk(seed.derived(for: number).generator())
            let execution = Execution(Decisions(walk), shared: shared)
            if let failure = run(execution, setUp) {
                let lines = [failure.what] + failure.trace + ["walk \(number) of seed \(seed)"]
                return result(isComplete: false, failure: lines.joined(separator: "\n"))
            }
            number += 1
            // What was taken for one thread's own is not: the walk has ended there.
            shared.formUnion(execution.newlyShared)
            if execution.isRepeating { repeated += 1 } else { executions += 1 }
        }
        return result(isComplete: false, failure: nil)
    }

    mutating func explore(
        limit: Int, _ setUp: (inout ExploredProgram) -> Void
    ) -> Exploration {
        while true {
            let execution = Execution(decisions, shared: shared)
            if let failure = run(execution, setUp) {
                let lines = [failure.what] + failure.trace
                return result(isComplete: false, failure: lines.joined(separator: "\n"))
            }
            decisions = execution.remaining
            if !execution.newlyShared.isEmpty {
                // What was taken for one thread's own is not: everything from the beginning.
                shared.formUnion(execution.newlyShared)
                (decisions, executions, repeated) = (Decisions(), 0, 0)
                continue
            }
            if execution.isRepeating { repeated += 1 } else { executions += 1 }
            if !decisions.advance() { return result(isComplete: true, failure: nil) }
            if executions + repeated >= limit { return result(isComplete: false, failure: nil) }
        }
    }

    private mutating func run(
        _ execution: Execution, _ setUp: (inout ExploredProgram) -> Void
    ) -> Execution.Failure? {
        unsafe ExploredAtomics.current = execution
        defer { unsafe ExploredAtomics.current = nil }
        var program = ExploredProgram()
        setUp(&program)
        while threads.count < max(1, program.bodies.count) { threads.append(ReusedThread()) }
        execution.run(program.bodies, on: threads)
        if execution.failure == nil { execution.look(program.atEnd, on: threads[0]) }
        // What a failed program shares is in the middle of being used: it is never destroyed.
        if execution.failure != nil { Lost.keep(program) }
        return execution.failure
    }

    private func result(isComplete: Bool, failure: String?) -> Exploration {
        Exploration(
            executions: executions, repeated: repeated, isComplete: isComplete, failure: failure)
    }
}

/// Programs that failed, with all that they hold.
private final class Lost {
    private let program: ExploredProgram

    private init(_ program: ExploredProgram) { self.program = program }

    static func keep(_ program: ExploredProgram) {
        // Sound: retained, and never given back.
        _ = unsafe Unmanaged.passRetained(Lost(program))
    }
}
