import Foundation
import Measurement
import Quantities
import Randomness

/// Turns of fio, each a run of its own that does the job to the same file from the same processing
/// unit.
final class FioTransfers: TransferTurns {
    private let fio: FioAppends
    private let name: String
    private let isTuned: Bool

    /// Turns of fio's engine `name`.
    ///
    /// - Parameter isTuned: whether its io_uring registers the file and the buffers and hands over as
    ///   many requests at once as the engine's ring does, rather than what fio does by itself.
    init(
        _ fio: FioAppends, engine name: String, _ job: TransferJob, places: Xoshiro256StarStar,
        isTuned: Bool = false
    ) {
        self.fio = fio
        self.name = name
        self.isTuned = isTuned
        super.init(job, places: places)
    }

    override var engine: String {
        let tuning = isTuned ? tuningArguments.map { " \($0)" }.joined() : ""
        return "\(fio.version), engine \(name)\(tuning)"
    }

    private var count = 1

    /// A run as long as a turn; gives the mean time from one transfer to the next.
    override func turn(operations: Int, clock: TickClock) throws -> [Double] {
        let side = try FioAppends.decode(
            try FioAppends.run(arguments, output: "\(job.path).json"), for: job.direction)
        count = side.total_ios
        let mean = side.shortestTime(of: milliseconds) / Double(side.total_ios)
        // fio times a write without its sync.
        keep(mean: job.isDurable ? mean * Double(job.depth) : side.lat_ns.mean, [])
        return [mean]
    }

    override func performed(of operations: Int) -> Int { count }

    /// How long a turn is, in fio's unit.
    private var milliseconds: Int { max(1, Int((job.turn.rawValue / 1e6).rounded())) }

    private var tuningArguments: [String] {
        [
            "--fixedbufs=1", "--registerfiles=1",
            "--iodepth_batch_submit=\(min(job.batch, job.depth))",
            "--iodepth_batch_complete_min=1", "--iodepth_batch_complete_max=\(job.depth)",
        ]
    }

    /// The file is there and keeps its blocks (`overwrite`, `allow_file_create`), its pages stay in
    /// the cache (`invalidate`), and no place is left out or kept count of (`norandommap`), as in the
    /// engine's loop.
    private var arguments: [String] {
        [
            "--name=transfer", "--filename=\(job.path)", "--ioengine=\(name)",
            "--rw=\(job.direction == .reading ? "randread" : "randwrite")",
            "--bs=\(job.block)", "--size=\(job.size)", "--iodepth=\(job.depth)",
            "--direct=\(job.isDirect ? 1 : 0)", "--fdatasync=\(job.isDurable ? 1 : 0)",
            "--time_based", "--runtime=\(milliseconds)ms",
            "--norandommap", "--randrepeat=0", "--overwrite=1", "--allow_file_create=0",
            "--fallocate=none", "--invalidate=0", "--thread", "--output-format=json",
        ] + (isTuned ? tuningArguments : [])
    }
}

extension FioAppends {
    /// What a job's JSON says of its reads or of its writes; names are fio's.
    struct Side: Decodable {
        struct Latency: Decodable { let mean: Double }
        let total_ios: Int
        /// Milliseconds, rounded up.
        let runtime: Int
        let lat_ns: Latency

        /// The shortest time, in nanoseconds, that a job may have taken that was to take `asked`
        /// milliseconds: fio counts in whole ones, rounds up, and does not end before its time. What
        /// cannot be known is in its favour, and less than a millisecond.
        func shortestTime(of asked: Int) -> Double {
            Double(max(1, runtime - 1, min(asked, runtime))) * 1e6
        }
    }

    private struct Transfers: Decodable {
        struct Job: Decodable {
            let error: Int
            let read: Side
            let write: Side
        }
        let jobs: [Job]
    }

    /// The side of fio's JSON that a job is about.
    static func decode(_ output: Data, for direction: TransferJob.Direction) throws -> Side {
        let result: Transfers
        do {
            result = try JSONDecoder().decode(Transfers.self, from: output)
        } catch {
            throw Unreadable(reason: "\(error)")
        }
        guard let job = result.jobs.first, job.error == 0 else {
            throw Unreadable(reason: "the job failed with error \(result.jobs.first?.error ?? 0)")
        }
        let side = direction == .reading ? job.read : job.write
        guard side.total_ios > 0, side.runtime > 0 else {
            throw Unreadable(reason: "\(side.total_ios) transfers in \(side.runtime) ms")
        }
        return side
    }
}
