import Glibc
import Hardware
import Measurement
import Pharaoh
import Quantities
import Storage

/// How long a sequencer takes to know its next value again.
enum ObeliskRecovery: Benchmark {
    private enum Contender: String, CaseIterable {
        /// The engine's sequencer.
        case obelisk
        /// A file that is appended to, which syncs its directory when it is opened.
        case append
        /// The counter of a lease of IDs, with its thread.
        case lease
    }

    static let description = BenchmarkDescription(
        name: "obelisk.recovery",
        summary: "opening a counter that stands at a thousand million, until its next value is "
            + "known: open, lock, size and first block, out of the page cache",
        parameters: [
            ParameterSpecification(
                "contenders", "what is opened",
                .subset(of: Contender.allCases.map(\.rawValue)),
                default: Contender.allCases.map(\.rawValue).joined(separator: ",")),
            ParameterSpecification(
                "turn", "openings of one contender before the next one's turn",
                .integer(1...10_000), default: "50"),
        ],
        metrics: [
            MetricSpecification(
                "latency", .nanoseconds, .lower, .sampled,
                "from the call to the next value being known; nothing is made durable in it"),
            MetricSpecification(
                "relative", .ratio, .lower, .sampled,
                "mean of a turn over that of obelisk in the same round"),
            MetricSpecification(
                "floor", .nanoseconds, .neither, .sampled, "open, fstat and close of the file"),
        ],
        processingUnits: 1, floor: "open, fstat and close", isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let directory = try ForkDirectory(below: context.request.directory.path)
        defer { directory.remove() }
        let names = context.words("contenders")
        let contenders = try names.compactMap(Contender.init(rawValue:)).map {
            try turns($0, at: "\(directory.path)/\($0.rawValue)")
        }
        let floorPath = "\(directory.path)/floor"
        try Obelisk(path: floorPath, startingAt: counter).close()
        let floor = OpeningTurns {
            // SAFETY: the path is read during the call, the structure lives as long.
            let file = unsafe Glibc.open(floorPath, O_RDWR | O_CLOEXEC)
            var status = stat()
            guard unsafe file >= 0 && fstat(file, &status) == 0 else { throw Unreadable() }
            return { _ = Glibc.close(file) }
        }
        var order = context.generator(for: "order")
        let taken = try OperationTiming(
            clock: context.clock, operationsPerTurn: context.integer("turn"),
            counters: context.counters
        ).run(contenders + [floor], for: context.time, order: &order)
        let durability = context.request.directory.durability
        recorder.note("durability class of the measured directory: \(durability)")
        let parameters = recorder.figureParameters(without: ["contenders"])
            .with("durability-class", durability)
        let analysis = TurnAnalysis(taken, contenders: names, parameters: parameters)
        analysis.recordLatency("latency", of: { _ in true }, into: &recorder)
        analysis.recordRatios("relative", to: Contender.obelisk.rawValue, into: &recorder)
        recorder.record(
            "floor", parameters,
            samples: taken.filter { $0.contender == names.count }.flatMap(\.nanoseconds))
    }

    private struct Unreadable: Error, CustomStringConvertible {
        var description: String { "a file that was just made cannot be opened again" }
    }

    private static let counter: UInt64 = 1_000_000_000

    private static func turns(_ contender: Contender, at path: String) throws -> any TimedTurns {
        switch contender {
        case .obelisk:
            try Obelisk(path: path, startingAt: counter).close()
            return OpeningTurns {
                let held = HeldSequencer(try Obelisk(path: path, creation: .forbidden))
                return { try held.close() }
            }
        case .lease:
            try ScarabLease(path: path).close()
            return OpeningTurns {
                let lease = try ScarabLease(path: path, creation: .forbidden)
                return { try lease.close() }
            }
        case .append:
            var file = try AppendFile(path: path, options: .init(engine: .portable))
            _ = try file.appendAndSync([UInt8](repeating: 1, count: 4096).span)
            try file.close()
            return OpeningTurns {
                let held = HeldFile(
                    try AppendFile(
                        path: path, options: .init(engine: .portable, creation: .forbidden)))
                return { try held.close() }
            }
        }
    }

    private final class HeldSequencer {
        private var numbers: Obelisk?
        init(_ numbers: consuming Obelisk) { self.numbers = consume numbers }
        func close() throws { try numbers.take()?.close() }
    }

    private final class HeldFile {
        private var file: AppendFile?
        init(_ file: consuming AppendFile) { self.file = consume file }
        func close() throws { try file.take()?.close() }
    }
}

/// Times openings; what closes again is not timed.
private final class OpeningTurns: TimedTurns {
    private let open: () throws -> () throws -> Void

    init(_ open: @escaping () throws -> () throws -> Void) { self.open = open }

    func turn(operations: Int, clock: TickClock) throws -> [Double] {
        var times: [Double] = []
        times.reserveCapacity(operations)
        for _ in 0..<operations {
            let start = clock.begin()
            let close = try open()
            times.append(clock.nanoseconds(from: start, to: clock.end()))
            try close()
        }
        return times
    }
}
