import Foundation
import Glibc
import Quantities
import Randomness
import Testing

@testable import Benchmarks
@testable import Measurement

/// What `storage.read`, `storage.write` and `storage.sync` make of what they see.
@Suite struct TransferBenchmarkTests {
    private func job(
        _ direction: TransferJob.Direction = .reading, isDurable: Bool = false, depth: Int = 1,
        turn: Nanoseconds = .milliseconds(2)
    ) -> TransferJob {
        TransferJob(
            direction: direction, block: 4096, depth: depth, batch: 2, size: 1 << 20,
            isDirect: false,
            isDurable: isDurable, turn: turn,
            path: NSTemporaryDirectory() + "nilometer-transfer-\(UUID().uuidString)")
    }

    @Test func `places lie on blocks within the file, and all of them come up`() {
        let turns = TransferTurns(job(), places: Seed(7).generator())
        var places = Seed(7).generator()
        var seen: Set<UInt64> = []
        for _ in 0..<10_000 {
            let place = turns.place(&places)
            #expect(place % 4096 == 0 && place < 1 << 20)
            seen.insert(place)
        }
        #expect(seen.count == 256)
    }

    @Test func `fio's reads and writes are told apart, and its failures are told`() throws {
        func output(_ reads: Int, _ writes: Int, error: Int = 0) -> Data {
            func side(_ count: Int) -> String {
                #"{"total_ios": \#(count), "runtime": 50, "lat_ns": {"mean": 1234.5}}"#
            }
            return Data(
                #"{"jobs": [{"error": \#(error), "read": \#(side(reads)), "write": \#(side(writes))}]}"#
                    .utf8)
        }
        #expect(try FioAppends.decode(output(7, 0), for: .reading).total_ios == 7)
        #expect(try FioAppends.decode(output(7, 9), for: .writing).total_ios == 9)
        #expect(try FioAppends.decode(output(7, 0), for: .reading).lat_ns.mean == 1234.5)
        #expect(throws: FioAppends.Unreadable.self) {
            try FioAppends.decode(output(0, 9), for: .reading)
        }
        #expect(throws: FioAppends.Unreadable.self) {
            try FioAppends.decode(output(7, 0, error: 5), for: .reading)
        }
        #expect(throws: FioAppends.Unreadable.self) {
            try FioAppends.decode(Data("fio: no such engine".utf8), for: .reading)
        }
    }

    /// 60 ms and a little more are 61 of fio's milliseconds: a rate over these would be 1.6 % too low.
    @Test(arguments: [
        (61, 60, 60e6), (60, 60, 60e6), (62, 60, 61e6), (75, 60, 74e6), (59, 60, 59e6), (1, 1, 1e6),
    ])
    func `what fio's whole milliseconds leave open is in its favour`(
        runtime: Int, asked: Int, nanoseconds: Double
    ) throws {
        let side = FioAppends.Side(
            total_ios: 1, runtime: runtime, lat_ns: .init(mean: 1))
        #expect(side.shortestTime(of: asked) == nanoseconds)
    }

    @Test(
        .enabled(if: FioAppends.installed != nil, "needs fio"),
        arguments: [("psync", false), ("io_uring", true)])
    func `fio does the job on the file that the engine made`(
        engine: String, isTuned: Bool
    ) throws {
        // Long against the milliseconds that fio counts in.
        let job = job(depth: isTuned ? 8 : 1, turn: .milliseconds(20))
        defer { try? FileManager.default.removeItem(atPath: job.path) }
        try job.makeFile()
        let before = try Data(contentsOf: URL(fileURLWithPath: job.path))
        #expect(before.count == job.size && before.contains { $0 != 0 })
        let fio = try #require(FioAppends.installed)
        let turns = FioTransfers(
            fio, engine: engine, job, places: Seed(1).generator(), isTuned: isTuned)
        #expect(turns.engine.contains("--fixedbufs") == isTuned)
        let clock = TickClock(calibratingFor: .milliseconds(1))
        let times = try turns.turn(operations: 1, clock: clock)
        #expect(times.count == 1 && times[0] > 0)
        #expect(turns.performed(of: 1) > 1)
        let mean = try #require(turns.latencies.first?.mean)
        #expect(mean > 0)
        #expect(try Data(contentsOf: URL(fileURLWithPath: job.path)) == before)
    }

    @Test(arguments: [TransferContender.ioUring, .worker, .pread, .mmap, .polledSubmissions])
    func `a contender reads whole blocks for a turn, and keeps what each took`(
        contender: TransferContender
    ) throws {
        try check(contender, job(depth: contender.isSequential ? 1 : 4))
    }

    @Test(arguments: [TransferContender.ioUring, .worker, .pwrite, .mmap])
    func `a contender writes whole blocks for a turn, durable or not`(
        contender: TransferContender
    ) throws {
        try check(contender, job(.writing))
        try check(contender, job(.writing, isDurable: true))
    }

    private func check(_ contender: TransferContender, _ job: TransferJob) throws {
        defer { try? FileManager.default.removeItem(atPath: job.path) }
        try job.makeFile()
        let clock = TickClock(calibratingFor: .milliseconds(1))
        let request = ForkRequest(
            benchmark: "storage.read", parameters: ParameterSet(), fork: 0, seed: 7, time: 1e6,
            processingUnits: [0], directory: .init(path: "/", durability: "unknown"))
        let turns: TransferTurns
        do {
            turns = try contender.turns(
                of: job, in: ForkContext(request: request, clock: clock))
        } catch let absent as TransferContender.Absent {
            // Where the kernel has no io_uring, or none that polls, that is the reason given.
            #expect(absent.description.contains("io_uring"))
            return
        }
        for round in 1...2 {
            let times = try turns.turn(operations: 1, clock: clock)
            #expect(times.count == 1 && times[0] > 0)
            #expect(turns.performed(of: 1) >= job.depth)
            #expect(turns.latencies.count == round)
            let latency = try #require(turns.latencies.last)
            #expect(latency.mean > 0 && !latency.samples.isEmpty)
            #expect(latency.samples.allSatisfy { $0 > 0 })
        }
        let size = try FileManager.default.attributesOfItem(atPath: job.path)[.size] as? Int
        #expect(size == job.size)
    }

    @Test func `the parts of an append are differences within a round, and make up the whole`() {
        let names = ["append", "overwrite", "direct-write", "memory", "flush"]
        let times: [[Double]] = [[200, 100, 50, 2, 40], [400, 300, 100, 4, 80]]
        var turns: [OperationTiming.Turn] = []
        for (round, row) in times.enumerated() {
            for (contender, time) in row.enumerated() {
                turns.append(
                    OperationTiming.Turn(
                        contender: contender, round: round, nanoseconds: [time, time, 9e9],
                        counted: CountedWindow(operations: 3, counts: [])))
            }
        }
        let parts = SyncParts(turns, names)
        #expect(parts.beyond("overwrite", "append") == [100, 100])
        #expect(parts.beyond("overwrite", "direct-write") == [-50, -200])
        #expect(parts.beyond("overwrite", "absent").isEmpty)
        let shares = parts.shares()
        #expect(shares.map(\.part) == ["system-calls", "device-write", "device-flush", "journal"])
        #expect(shares.map { $0.percent[0] } == [1, 24, 25, 50])
        #expect(shares.map { $0.percent[1] } == [1, 24, 50, 25])
        // Without one of them nothing is said.
        #expect(SyncParts(turns.filter { $0.contender != 3 }, names).shares().isEmpty)
    }

    /// The file's size, and how many bytes of the device it has.
    private func extent(of path: String) throws -> (size: Int, allocated: Int) {
        var status = stat()
        // The path and the structure are valid for the call.
        try #require(unsafe stat(path, &status) == 0)
        return (Int(status.st_size), 512 * Int(status.st_blocks))
    }

    @Test(arguments: [SyncVariant.overwrite, .overwriteDataSync, .allocated])
    func `a turn that is longer than the file is at least stays within what was there`(
        variant: SyncVariant
    ) throws {
        let directory = NSTemporaryDirectory() + "nilometer-sync-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let file = try VariantFile(
            variant, directory: directory, payload: 1 << 20, operations: 18)
        let name = try #require(
            try FileManager.default.contentsOfDirectory(atPath: directory).first)
        let before = try extent(of: "\(directory)/\(name)")
        #expect(before.allocated >= 18 << 20)
        for _ in 0..<2 {
            try file.makeRoom(for: 18)
            for _ in 0..<18 { try file.perform() }
        }
        let after = try extent(of: "\(directory)/\(name)")
        #expect(after.allocated == before.allocated)
        #expect(variant == .allocated || after.size == before.size)
    }

    @Test func `every variant of a sync works, and starts over when its file is full`() throws {
        let directory = NSTemporaryDirectory() + "nilometer-sync-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        for variant in SyncVariant.allCases {
            let file: VariantFile
            do {
                file = try VariantFile(
                    variant, directory: variant.isInMemory ? "/tmp" : directory,
                    payload: 1 << 20, operations: 5)
            } catch {
                // Where temporary files take no direct I/O, the benchmark leaves these out as well.
                #expect("\(error)".contains("direct I/O"))
                #expect([.overwriteDirect, .write].contains(variant))
                continue
            }
            // The file has room for sixteen.
            for _ in 0..<5 {
                try file.makeRoom(for: 5)
                for _ in 0..<5 { try file.perform() }
            }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory).isEmpty)
    }
}
