import Foundation
import Measurement
import Quantities

/// fio doing the work that a durable append does: a file that grows by writes of one size, each
/// followed by `fdatasync`, one at a time.
struct FioAppends: Sendable {
    /// What `fio --version` says.
    let version: String

    /// fio as it is installed, or `nil` where it is not.
    static let installed: FioAppends? = {
        guard
            let output = try? FioAppends.run(
                ["--version"],
                output: NSTemporaryDirectory() + "nilometer-fio-\(UUID().uuidString)")
        else { return nil }
        return FioAppends(
            version: String(decoding: output, as: UTF8.self)
                .trimmingCharacters(in: .whitespacesAndNewlines))
    }()

    /// What fio answered that this reader cannot use.
    struct Unreadable: Error, CustomStringConvertible {
        let reason: String
        var description: String { "fio's result cannot be used: \(reason)" }
    }

    /// Mean time of an append and its sync over `operations` of `payload` bytes each, in
    /// nanoseconds.
    ///
    /// The file is created by the job and not laid out before (`fallocate=none`, `overwrite=0`,
    /// `create_on_open=1`), so that every write extends it, as an append does. fio times the write
    /// and the sync apart; an append is both.
    func meanTime(engine: String, file: String, payload: Int, operations: Int) throws -> Double {
        // What it says goes beside the file, where it is found if this process is killed.
        let output = try FioAppends.run(
            [
                "--name=append", "--filename=\(file)", "--ioengine=\(engine)", "--rw=write",
                "--bs=\(payload)", "--size=\(payload * operations)", "--iodepth=1", "--fdatasync=1",
                "--fallocate=none", "--overwrite=0", "--create_on_open=1", "--unlink=1", "--thread",
                "--output-format=json",
            ], output: "\(file).json")
        let result: Result
        do {
            result = try JSONDecoder().decode(Result.self, from: output)
        } catch {
            throw Unreadable(reason: "\(error)")
        }
        guard let job = result.jobs.first, job.error == 0 else {
            throw Unreadable(reason: "the job failed with error \(result.jobs.first?.error ?? 0)")
        }
        guard job.write.total_ios == operations, job.sync.lat_ns.mean > 0 else {
            throw Unreadable(
                reason: "\(job.write.total_ios) writes, expected \(operations) with syncs")
        }
        return job.write.lat_ns.mean + job.sync.lat_ns.mean
    }

    /// The part of fio's JSON that is used; names are fio's.
    private struct Result: Decodable {
        struct Latency: Decodable { let mean: Double }
        struct Write: Decodable {
            let total_ios: Int
            let lat_ns: Latency
        }
        struct Sync: Decodable { let lat_ns: Latency }
        struct Job: Decodable {
            let error: Int
            let write: Write
            let sync: Sync
        }
        let jobs: [Job]
    }

    /// Runs fio and gives what it wrote to `output`, a file that is removed.
    static func run(_ arguments: [String], output: String) throws -> Data {
        defer { try? FileManager.default.removeItem(atPath: output) }
        let outcome = try ChildProcess("fio", arguments, inOwnGroup: false).run(
            output: output, errors: "/dev/null", limit: .seconds(120), shouldStop: { false })
        guard outcome == .exited(0) else { throw Unreadable(reason: "it ended with \(outcome)") }
        return try Data(contentsOf: URL(fileURLWithPath: output))
    }
}

/// Turns of fio, each a run of its own on a new file; a turn gives one value, its mean.
final class FioTurns: TimedTurns {
    private let fio: FioAppends
    private let engine: String
    private let file: String
    private let payload: Int

    init(_ fio: FioAppends, engine: String, directory: String, payload: Int) {
        self.fio = fio
        self.engine = engine
        file = "\(directory)/fio-\(engine)"
        self.payload = payload
    }

    func turn(operations: Int, clock: TickClock) throws -> [Double] {
        [
            try fio.meanTime(
                engine: engine, file: file, payload: payload, operations: operations)
        ]
    }
}
