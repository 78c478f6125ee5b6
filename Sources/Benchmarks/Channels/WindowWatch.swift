import Foundation
import Glibc
import Measurement
import Quantities
import Synchronization

/// Ends a process whose threads hang in a window, and says in whose.
///
/// The loops of a channel wait for as many messages as were sent. If one is lost, they wait for ever,
/// within code of others that nothing calls back from: all that is left is to say whose it is, and to go.
/// Both sides of a window tell the watch when they begin and when they are done, by two stores each.
/// Time for which a thread of the process waited for a core does not count: whoever waits for that
/// thread is not to blame. But a thread that yields whenever it finds nothing always waits where others want its
/// core, so that nothing would ever count: after a hundred times the patience it is over in any case.
final class WindowWatch {
    private let sides: Sides
    private let timer: any DispatchSourceTimer

    /// How long a side of a window may take while the process has its cores. Windows aim at milliseconds.
    static let patience = Nanoseconds.seconds(20)

    /// How many times its patience it waits at most, whatever the threads waited for.
    static let mostPatience = 100.0

    /// The status that a process ends with: that of an internal software error (`EX_SOFTWARE`).
    static let status: Int32 = 70

    /// A watch that gives each side of a window `patience`, up to a quarter more.
    init(patience: Nanoseconds = WindowWatch.patience) {
        let sides = Sides()
        self.sides = sides
        let queue = DispatchQueue(label: "window watch")
        timer = DispatchSource.makeTimerSource(queue: queue)
        let step = patience.rawValue / 4
        timer.schedule(
            deadline: .now() + .nanoseconds(Int(step)), repeating: .nanoseconds(Int(step)))
        timer.setEventHandler {
            guard let silent = sides.look(patience: patience) else { return }
            let line =
                "error: \(silent.name): no end of \(silent.operations) operations after \(silent.time), "
                + "\(silent.served) of it in which no thread waited for a core: a message was lost, or "
                + "the threads hang\n"
            try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
            _exit(Self.status)
        }
        timer.resume()
    }

    /// Watches no longer.
    func stop() { timer.cancel() }

    /// `bodies`, watched, under the names of their contenders.
    func watching(_ bodies: [any PairedBody], named names: [String]) -> [any PairedBody] {
        zip(bodies, names).map { body, name in
            WatchedPair(body, sides, subject: sides.subject(called: name))
        }
    }

    /// `bodies`, watched, under the names of their contenders.
    func watching(_ bodies: [any MeasuredBody], named names: [String]) -> [any MeasuredBody] {
        zip(bodies, names).map { body, name in
            let (side, subject) = (sides.initiator, sides.subject(called: name))
            return LoopBody { iterations in
                side.begin(subject, iterations)
                defer { side.end() }
                try body.run(iterations: iterations)
            }
        }
    }

    /// Runs `body`, watched as the one operation called `name`. On the measuring thread.
    func during<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result {
        sides.initiator.begin(sides.subject(called: name), 1)
        defer { sides.initiator.end() }
        return try body()
    }

    /// The two sides of windows, and the names of what they are at.
    fileprivate final class Sides: Sendable {
        let initiator = Side()
        let responder = Side()
        private let names = Mutex<[String]>([])
        private let seen = Mutex(Seen())

        /// What was seen at the last look.
        private struct Seen: ~Copyable {
            var time = DispatchTime.now().uptimeNanoseconds
            var waits = CoreWaits()
            /// What each side was at, for how long, and for how much of that the process had its cores.
            var sides: [(number: UInt64, time: Nanoseconds, served: Nanoseconds)] = [
                (0, .zero, .zero), (0, .zero, .zero),
            ]

            /// The time since the last look, and for how much of it the process had its cores.
            mutating func passed() -> (time: Nanoseconds, served: Nanoseconds) {
                let now = DispatchTime.now().uptimeNanoseconds
                defer { time = now }
                let passed = Nanoseconds(Double(now - time))
                return (passed, max(.zero, passed - waits.look()))
            }
        }

        /// The number by which `name` is told.
        func subject(called name: String) -> Int {
            names.withLock { names in
                if let known = names.firstIndex(of: name) { return known }
                names.append(name)
                return names.count - 1
            }
        }

        /// Looks once; gives a side that was where it is for longer than patience lasts.
        func look(patience: Nanoseconds) -> Silent? {
            seen.withLock { seen in
                let passed = seen.passed()
                for (index, side) in [initiator, responder].enumerated() {
                    let number = side.number.value.load(ordering: .acquiring)
                    let last = seen.sides[index]
                    let time = last.number == number ? last.time + passed.time : .zero
                    let served = last.number == number ? last.served + passed.served : .zero
                    seen.sides[index] = (number, time, served)
                    guard number % 2 == 1,
                        served >= patience || time >= patience * WindowWatch.mostPatience
                    else { continue }
                    let subject = side.subject.load(ordering: .relaxed)
                    return Silent(
                        name: names.withLock { $0[subject] },
                        operations: side.operations.load(ordering: .relaxed),
                        time: time, served: served)
                }
                return nil
            }
        }
    }

    /// A side of a window that does not come to an end.
    fileprivate struct Silent {
        let name: String
        let operations: Int
        let time: Nanoseconds
        let served: Nanoseconds
    }

    /// One side of windows. One thread writes, the watch reads.
    fileprivate final class Side: Sendable {
        /// Odd within a window; each begins and ends with the next.
        let number = SharedLine()
        let subject = Atomic<Int>(0)
        let operations = Atomic<Int>(0)

        func begin(_ subject: Int, _ operations: Int) {
            self.subject.store(subject, ordering: .relaxed)
            self.operations.store(operations, ordering: .relaxed)
            advance()
        }

        func end() { advance() }

        private func advance() {
            let now = number.value.load(ordering: .relaxed)
            // Publishes the two; pairs with the load in `look`.
            number.value.store(now &+ 1, ordering: .releasing)
        }
    }
}

/// A body whose sides tell a watch when they begin and when they are done.
private final class WatchedPair: PairedBody {
    private let body: any PairedBody
    private let sides: WindowWatch.Sides
    private let subject: Int

    init(_ body: any PairedBody, _ sides: WindowWatch.Sides, subject: Int) {
        self.body = body
        self.sides = sides
        self.subject = subject
    }

    func initiate(iterations: Int) throws {
        sides.initiator.begin(subject, iterations)
        defer { sides.initiator.end() }
        try body.initiate(iterations: iterations)
    }

    func respond(iterations: Int) {
        sides.responder.begin(subject, iterations)
        defer { sides.responder.end() }
        body.respond(iterations: iterations)
    }
}
