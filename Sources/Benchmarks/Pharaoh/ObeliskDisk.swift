import CNilometerShims
import Foundation
import Glibc
import Measurement
import Pharaoh
import Quantities
import Storage

/// How much of the device a counter takes up, by how its file was extended.
enum ObeliskDisk: Benchmark {
    static let description = BenchmarkDescription(
        name: "obelisk.disk",
        summary: "allocated bytes of a counter's file after so many increments: extended without "
            + "writing, as the engine does it, and by a byte each, as published",
        parameters: [
            ParameterSpecification(
                "increments", "how high the counter is", .integer(1...1_000_000_000_000),
                default: "10000000")
        ],
        metrics: [
            MetricSpecification(
                "allocated", .bytes, .lower, .exact,
                "what the file system has given the file, after a sync"),
            MetricSpecification("size", .bytes, .neither, .exact, "what the file seems to be long"),
        ],
        processingUnits: 1, floor: "none: counted", isBlocking: true, isTimed: false)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let directory = try ForkDirectory(below: context.request.directory.path)
        defer { directory.remove() }
        let increments = context.integer("increments")
        let parameters = recorder.figureParameters()
        func record(_ contender: String, _ path: String) throws {
            let (allocated, size) = try Self.extent(of: path)
            let own = parameters.with("contender", contender)
            recorder.record("allocated", own, samples: [allocated])
            recorder.record("size", own, samples: [size])
        }
        let sparse = "\(directory.path)/truncate"
        var numbers = try Obelisk(
            path: sparse, reserving: .values(1 << 20, growingTo: ObeliskContender.most))
        for _ in 0..<increments { nilometer_consume(try numbers.next()) }
        try numbers.close()
        try record("truncate", sparse)
        let free = try FileManager.default.attributesOfFileSystem(forPath: directory.path)
        let room = (free[.systemFreeSize] as? NSNumber)?.intValue ?? 0
        guard room > 2 * increments + (1 << 30) else {
            recorder.note("append: left out, the file system has no room for twice as many bytes")
            return
        }
        let dense = "\(directory.path)/append"
        try append(increments, to: dense)
        try record("append", dense)
        recorder.note(
            "the bytes of append were written a MiB at a time and synced at the end: the file is the "
                + "one that as many appends of a byte leave")
    }

    private static func append(_ count: Int, to path: String) throws {
        var file = try AppendFile(
            path: path, options: .init(engine: .portable, creation: .required))
        let zeroes = [UInt8](repeating: 0, count: 1 << 20)
        var left = count
        while left > 0 {
            let part = min(left, zeroes.count)
            _ = try file.append(zeroes.span.extracting(0..<part))
            left -= part
        }
        try file.sync()
        try file.close()
    }

    private static func extent(of path: String) throws -> (allocated: Double, size: Double) {
        var status = stat()
        // SAFETY: the path is read during the call, the structure lives as long.
        guard unsafe stat(path, &status) == 0 else { throw CocoaError(.fileReadUnknown) }
        return (Double(status.st_blocks) * 512, Double(status.st_size))
    }
}
