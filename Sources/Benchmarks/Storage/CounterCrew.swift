import Hardware
import Measurement
import Quantities

/// Processes that increment counters of their own, each bound to a processing unit, all idle but
/// those of the window that is being measured.
final class CounterCrew {
    /// What some of the processes did together.
    struct Window {
        /// Index in the contenders.
        let counter: Int
        /// How many processes took part.
        let processes: Int
        /// In which round.
        let round: Int
        /// How long it was.
        let length: Nanoseconds
        /// One of each process, in their order.
        let reports: [CounterReport]

        /// Increments of all a second.
        var throughput: Double {
            Double(reports.reduce(0) { $0 + $1.increments }) / (length.rawValue / 1e9)
        }

        /// The increments of the slowest over the mean of all; 1 where there are none.
        var evenness: Double {
            let counts = reports.map { Double($0.increments) }
            let mean = counts.reduce(0, +) / Double(counts.count)
            return mean > 0 ? (counts.min() ?? 0) / mean : 1
        }

        /// The share of the time of `units` processing units, or of as many as there are processes,
        /// that the processes were on them.
        func busy(on units: Int) -> Double {
            reports.map(\.share).reduce(0, +) / Double(min(units, reports.count))
        }

        /// When the last process began, after the start.
        var lateness: Nanoseconds { Nanoseconds(Double(reports.map(\.lateness).max() ?? 0)) }
    }

    /// The share of a window's length for which its processes work before it, so that it finds all
    /// of them at work.
    static let runUp = 0.2

    private let processes: [CounterProcess]

    /// Starts `count` processes, bound to `units` in turn, with counters of these kinds, those on the
    /// device below `directory`.
    ///
    /// The calling thread is to be bound to no less than `units`, as processes inherit that.
    init(of count: Int, _ kinds: [ScaledCounter], on units: [Int], below directory: String) throws {
        precondition(count > 0 && !units.isEmpty, "\(count) processes on \(units.count) units")
        let leaf = directory.split(separator: "/").last.map(String.init) ?? ""
        processes = try (0..<count).map { index in
            let counters = kinds.map { kind in
                let place =
                    kind.isOnDevice ? directory : "\(ScaledCounter.memoryDirectory)/\(leaf)"
                return "\(kind.rawValue)=\(place)\(kind.isOnDevice ? "/" : "-")\(kind)-\(index)"
            }
            return try CounterProcess(on: units[index % units.count], counters: counters)
        }
        for process in processes { try process.ready() }
    }

    /// Lets the first `count` processes increment their counter number `counter` for `length`,
    /// together.
    func window(
        of counter: Int, processes count: Int, for length: Nanoseconds, round: Int
    ) throws -> Window {
        precondition(
            (1...processes.count).contains(count), "\(count) of \(processes.count) processes")
        let members = processes[..<count]
        // Time for every process to read its order before the first begins.
        let start = TickClock.monotonicRaw() + 1_000_000 + UInt64(count) * 100_000
        let from = start + UInt64(length.rawValue * Self.runUp)
        let order = CounterWindow(
            counter: counter, start: start, from: from, until: from + UInt64(length.rawValue))
        for member in members { try member.begin(order) }
        return Window(
            counter: counter, processes: count, round: round, length: length,
            reports: try members.map { try $0.report(on: order) })
    }

    /// Lets the processes close their counters and end.
    func end() { for process in processes { process.end() } }
}
