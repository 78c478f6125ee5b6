import CNilometerShims
import Hardware
import Measurement
import Synchronization

/// Work that more than two threads do together: the measuring thread and its partner do the parts of
/// `PairedBody`, the members of a crew the rest.
protocol CrewBody: AnyObject, Sendable {
    /// The part of member number `member` of the crew.
    func assist(as member: Int, iterations: Int)
}

/// Bound threads beside the measuring one and its partner, which sleep between windows: they may share
/// their cores with whoever has the next one.
final class ThreadCrew {
    private let shared: Shared
    private let threads: [PinnedThread]

    /// Starts `members` threads, ready for the windows of `bodies`, bound to `units` in turn: the
    /// first to the measuring thread's unit where there are two.
    init(_ members: Int, on units: [Int], bodies: [any CrewBody]) throws {
        let shared = Shared(members: members, bodies: bodies)
        self.shared = shared
        threads = try (0..<members).map { member in
            try PinnedThread(pu: units[(member + 2) % units.count], name: "crew \(member)") {
                shared.serve(as: member)
            }
        }
    }

    /// Lets all members take part in a window of body number `index`.
    func begin(body index: Int, iterations: Int) { shared.begin(index, iterations) }

    /// Sleeps until the members have done their parts of as many windows as have been waited for
    /// before, and one more. For the measuring thread and for its partner, each by its own `turn`.
    func awaitWindow(_ turn: CrewTurn) { shared.awaitWindow(turn.next()) }

    /// Stops the members and waits for their threads.
    func stop() {
        shared.begin(-1, 0)
        for thread in threads { thread.join() }
    }

    private final class Shared: Sendable {
        private let members: Int
        private let bodies: [any CrewBody]
        private let body = Atomic<Int>(0)
        private let iterations = Atomic<Int>(0)
        private let posted = FutexWord()
        private let completed = FutexWord()

        init(members: Int, bodies: [any CrewBody]) {
            self.members = members
            self.bodies = bodies
        }

        func begin(_ index: Int, _ count: Int) {
            body.store(index, ordering: .relaxed)
            iterations.store(count, ordering: .relaxed)
            // Publishes the two to who sleeps on the word.
            posted.advanceAndWake()
        }

        func awaitWindow(_ number: Int) {
            completed.sleep(until: UInt32(truncatingIfNeeded: number * members))
        }

        func serve(as member: Int) {
            var seen: UInt32 = 0
            while true {
                seen = posted.sleep(past: seen)
                let index = body.load(ordering: .relaxed)
                if index < 0 { return }
                bodies[index].assist(
                    as: member, iterations: iterations.load(ordering: .relaxed))
                completed.advanceAndWake()
            }
        }
    }
}

/// How many windows of a crew a thread has waited for.
///
/// @unchecked Sendable: one thread's.
final class CrewTurn: @unchecked Sendable {
    private var number = 0

    func next() -> Int {
        number += 1
        return number
    }
}
