import Hardware
import Measurement
import SharedNothing

/// What a counting process is told.
enum ProcessFault {
    static let count: UInt64 = 0
    static let trap: UInt64 = 1
}

/// Counts its messages, and traps when told to.
struct CountingProcess: ProcessWorker {
    func start(_ argument: String, _ stream: MessageStream) -> UInt64 { 0 }

    func handle(_ message: UInt64, _ ordinal: UInt64, _ count: inout UInt64) -> UInt64 {
        precondition(message != ProcessFault.trap, "told to trap")
        count += 1
        return count
    }
}

/// A counting process and what is done with it.
final class CountingHost {
    private var host: ProcessHost<UInt64, UInt64>?

    /// Starts it on processing unit `unit`, and waits until it has started.
    init(on unit: Int) throws {
        var host = try ProcessHost<UInt64, UInt64>(
            worker: BenchmarkProcesses.counter,
            options: ProcessOptions(
                executable: BenchmarkProcesses.currentProgram,
                // A report of the trap would be timed as well.
                variables: ["SWIFT_BACKTRACE=enable=no"], hardwareThreads: CPUSet([unit])))
        guard try host.awaitStart(until: Self.deadline) else {
            throw ProcessFailure.tookTooLong(nil)
        }
        self.host = consume host
    }

    /// Starting a program may take long on a machine that is busy; an answer that takes longer does
    /// not come.
    private static var deadline: Deadline { Deadline(after: .seconds(10), from: .now()) }

    /// Sends a message and gives the answer.
    func call(_ message: UInt64) throws -> UInt64? {
        let ordinal = try host?.trySend(message)
        guard case .response(_, let answer)? = try host?.receive(until: Self.deadline) else {
            throw ProcessFailure.tookTooLong(ordinal)
        }
        return answer
    }

    /// Kills it, and starts another.
    func restart() throws {
        host?.kill()
        try host?.restart()
        guard try host?.awaitStart(until: Self.deadline) == true else {
            throw ProcessFailure.tookTooLong(nil)
        }
    }

    /// Lets it trap with so many messages behind the one that it traps at, restarts it, and says how
    /// many of those were not answered.
    func crash(behind count: Int) throws -> Int {
        _ = try host?.trySend(ProcessFault.trap)
        for _ in 0..<count { _ = try host?.trySend(ProcessFault.count) }
        do throws(ProcessFailure) {
            _ = try host?.receive(until: Self.deadline)
        } catch .ended(.signalled, _) {
            _ = host?.discardOldest()
            try host?.restart()
        }
        var answered = 0
        while answered < count,
            case .response? = try host?.receive(until: Self.deadline)
        {
            answered += 1
        }
        return count - answered
    }

    /// Lets it end.
    func end() throws { try host.take()?.stop(until: Self.deadline) }
}

/// Messages there and back.
final class ProcessCalls: MeasuredBody {
    private let process: CountingHost

    init(_ process: CountingHost) { self.process = process }

    func run(iterations: Int) throws {
        for _ in 0..<iterations { _ = try process.call(ProcessFault.count) }
    }
}

/// Kills and restarts.
final class ProcessRestarts: MeasuredBody {
    private let process: CountingHost

    init(_ process: CountingHost) { self.process = process }

    func run(iterations: Int) throws {
        for _ in 0..<iterations { try process.restart() }
    }
}
