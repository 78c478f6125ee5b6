import SharedNothing
import Synchronization

/// What a failure did beyond the message that failed.
struct FaultIsolation: Equatable {
    /// Other workers that lost state, or did not answer.
    let affected: Int
    /// Messages in the failing worker's inbox that nobody handled.
    let lost: Int
}

extension FaultIsolation {
    /// All workers of a pool have counted; the first fails with a full inbox; what do the others still
    /// know? Ends the pool.
    ///
    /// - Parameter fault: the one that the pool's workers look at.
    init(of pool: WorkerPool<FaultyWorker>, failingBy fault: Fault, messages count: UInt64) throws {
        let patience = BenchmarkPool.patience
        for _ in 0..<count { try pool.broadcast((), timeout: patience) }
        // Once all have answered, no message is left that another worker could fail at.
        let counted = pool.gather((), within: patience)
        guard counted.isComplete else { throw Unanswered(workers: counted.missing.count) }
        fault.isArmed.store(true, ordering: .releasing)
        for _ in 0..<count { try pool.send((), to: 0, timeout: patience) }
        // The fault has struck once this is answered; before, it would be anybody's.
        _ = try pool.request((), to: 0, timeout: patience)
        let answered = pool.gather((), within: patience)
        let whole = answered.responses.count { $0.worker != 0 && $0.response == count + 2 }
        affected = pool.workerCount - 1 - whole
        // Counts are final once the workers have ended.
        try pool.stop(within: patience)
        lost = Int(2 * count + 3) - Int(pool.statistics[0].handled)
    }

    /// Why a trial never came to its fault.
    struct Unanswered: Error, CustomStringConvertible {
        let workers: Int
        var description: String { "\(workers) workers did not answer before one was to fail" }
    }

    /// One of several processes traps with messages behind the one that it was at; who does not know
    /// any more what it had counted?
    ///
    /// - Parameters:
    ///   - crash: lets one trap, and gives how many of `messages` were not answered; all of them where
    ///     it throws.
    ///   - others: ask another one each for a count; one that throws or says another is affected.
    init(
        crash: () throws -> Int, messages: Int, others: [() throws -> UInt64?],
        each expected: UInt64
    ) {
        lost = (try? crash()) ?? messages
        affected = others.count { (try? $0()) != expected }
    }
}
