import Channels
import Foundation
import Glibc
import Hardware
import Synchronization

@testable import SharedNothing

/// Lets a worker be held in the middle of a message, without a clock.
final class Gate: Sendable {
    private let word = EventWord(0)
    private let arrivals = EventWord(0)

    /// What a worker calls: says that it is there, and stays until `open`.
    func pass() {
        arrivals.raise(1)
        _ = word.wait(until: nil) { $0 == 1 }
    }

    /// Returns when somebody stands at the gate.
    func awaitArrival() { _ = arrivals.wait(until: nil) { $0 == 1 } }

    /// Lets everybody pass from now on.
    func open() { word.raise(1) }
}

/// A list that several threads add to.
final class Log<Entry: Sendable>: Sendable {
    private let list = Mutex<[Entry]>([])

    func add(_ entry: Entry) { list.withLock { $0.append(entry) } }

    var entries: [Entry] { list.withLock { $0 } }
}

/// What the scripted worker is told to do.
enum Errand: Sendable {
    /// Add a number to the log.
    case note(Int)
    /// Stand at a gate.
    case stand(Gate)
    /// Throw until it has been tried so often, then add the number to the log.
    case fail(times: Int, Int)
    /// Send a number on to another worker.
    case pass(Int, to: Int)
    /// Do this, where the worker is.
    case run(@Sendable (borrowing WorkerContext<Errand, Int>) throws -> Void)
}

struct Refused: Error, CustomStringConvertible {
    let number: Int
    var description: String { "number \(number) is refused" }
}

/// A worker that does what its messages say, and answers with its own index.
struct Scripted: Worker {
    struct State {
        var tries = 0
        var handled = 0
    }

    let log = Log<(worker: Int, number: Int)>()
    let starts = Log<Int>()
    let stops = Log<(worker: Int, handled: Int)>()
    var failingStarts = 0

    func start(_ context: borrowing WorkerContext<Errand, Int>) throws -> State {
        starts.add(context.worker)
        if starts.entries.count <= failingStarts { throw Refused(number: -1) }
        return State()
    }

    func handle(
        _ message: Errand, _ state: inout State, _ context: borrowing WorkerContext<Errand, Int>
    ) throws -> Int {
        switch message {
        case .note(let number): log.add((context.worker, number))
        case .stand(let gate): gate.pass()
        case .fail(let times, let number):
            state.tries += 1
            if state.tries <= times { throw Refused(number: number) }
            state.tries = 0
            log.add((context.worker, number))
        case .pass(let number, let worker):
            try context.send(.note(number), to: worker, timeout: .seconds(10))
        case .run(let body): try body(context)
        }
        state.handled += 1
        return context.worker
    }

    func stop(_ state: consuming State, _ context: borrowing WorkerContext<Errand, Int>) {
        stops.add((context.worker, state.handled))
    }

    var numbers: [Int] { log.entries.map(\.number) }
}

/// A policy that does as a list says, in turn, and then discards.
struct ScriptedPolicy: FailurePolicy {
    var decisions: [FailureDecision]
    let failures = Log<WorkerFailure>()
    let recoveries = Log<Int>()

    mutating func decide(_ failure: WorkerFailure, now: MonotonicTime) -> FailureDecision {
        failures.add(failure)
        return decisions.isEmpty ? .discard : decisions.removeFirst()
    }

    mutating func recovered(worker: Int, attempts: Int, now: MonotonicTime) {
        recoveries.add(attempts)
    }
}

/// Keeps what nobody handles.
struct Graveyard<Message: Sendable>: DeadLetterSink {
    let log = Log<(message: Message, reason: DeadLetterReason)>()

    func accept(_ message: Message, because reason: DeadLetterReason) {
        log.add((message, reason))
    }
}

/// A small pool that may have more workers than cores; parks, because the tests share the cores.
func configuration(
    workers: Int, capacity: Int = 16, _ strategy: Profile.WaitStrategy = .spinThenPark,
    partitioning: Partitioning = .automatic()
) throws -> PoolConfiguration {
    var configuration = try PoolConfiguration(profile: .testing)
    configuration.workers = workers
    configuration.capacity = capacity
    configuration.waitStrategy = strategy
    configuration.partitioning = partitioning
    configuration.allowsOversubscription = true
    return configuration
}

/// Long enough for everything that does not wait for what never comes.
let plenty = Duration.seconds(60)

/// Lets others run, in a loop that waits for what another thread does.
func letOthersRun() { sched_yield() }

/// What the kernel says of this process's threads whose names begin with `prefix`: their `stat`
/// lines after the name, of which the first letter is the state.
func threads(named prefix: String) -> [String] {
    let tasks = "/proc/self/task"
    let numbers = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
    return numbers.sorted().compactMap { number in
        guard let stat = try? String(contentsOfFile: "\(tasks)/\(number)/stat", encoding: .utf8),
            let begin = stat.firstIndex(of: "("), let end = stat.lastIndex(of: ")"),
            stat[begin...].dropFirst().hasPrefix(prefix)
        else { return nil }
        return String(stat[end...].dropFirst(2))
    }
}
