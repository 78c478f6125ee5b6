import Foundation
import Measurement
import Synchronization

/// The two processes of a pair, which live at the same time and take turns.
///
/// The second is started when the first has handed over for the first time, or has ended: a build
/// that knows nothing of turns, and a benchmark without rounds, then runs as a whole, before or after
/// the other, and never beside it.
final class ForkPair: Sendable {
    private let processes: [ForkProcess]
    private let turns: ProcessTurns
    private let request: ForkRequest
    private let first: Int
    private let isStopped = Atomic<Bool>(false)
    private let results = Mutex<[Int: Result<ForkRecord, any Error>]>([:])

    /// - Parameters:
    ///   - processes: those of places 0 and 1, with scratch directories of their own.
    ///   - request: what both serve.
    ///   - first: the place that begins.
    init(
        _ processes: [ForkProcess], _ turns: ProcessTurns, _ request: ForkRequest, first: Int
    ) {
        self.processes = processes
        self.turns = turns
        self.request = request
        self.first = first
    }

    /// Runs both to their ends and gives what became of them, by place.
    func run(shouldStop: () -> Bool) -> [Result<ForkRecord, any Error>] {
        turns.prepare(first: first)
        let group = DispatchGroup()
        for place in [first, 1 - first] {
            // A thread each, which sleeps until its process has ended, and has to: the kernel ends a
            // fork with the thread that started it.
            DispatchQueue.global().async(group: group) { self.run(place) }
        }
        while group.wait(timeout: .now() + .milliseconds(100)) == .timedOut {
            if shouldStop() { isStopped.store(true, ordering: .relaxed) }
        }
        return results.withLock { found in
            processes.indices.map { found[$0] ?? .failure(ForkProcess.Failure.stopped) }
        }
    }

    private func run(_ place: Int) {
        if place != first {
            turns.awaitHandOver(from: first) { self.hasEnded(self.first) }
        }
        var own = request
        own.turns = turns.place(place)
        let result = Result {
            try processes[place].run(own) { self.isStopped.load(ordering: .relaxed) }
        }
        results.withLock { $0[place] = result }
        turns.end(of: place)
    }

    private func hasEnded(_ place: Int) -> Bool { results.withLock { $0[place] != nil } }
}
