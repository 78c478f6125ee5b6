import Foundation
import Testing

/// `nilometer cluster` to its end, and what it reports.
enum ClusterRun {
    struct Report: Decodable {
        struct Latency: Decodable {
            let p50: Int64
            let p99: Int64
            let max: Int64
        }
        struct Dropped: Decodable {
            let overflowed: UInt64
            let tooLong: UInt64
        }
        struct Links: Decodable {
            let kind: String
            let roundTrip: Int64
            let jitter: Int64
            let loss: Double
            let rate: Int?
            let lost: UInt64?
            let late: Latency?
        }
        struct Fault: Decodable {
            let kind: String
            let role: String
            let server: Int
            let lasted: Double?
            let direction: String?
            let outage: Int64?
            let returnedAs: String?
            let returnedAfter: Int64?
        }
        let schema: String
        let `protocol`: String
        let nodes: Int
        let isolation: String
        let hosts: [String]?
        let seconds: Double
        let writes: Int
        let throughput: Double
        let latency: Latency?
        let links: Links?
        let faults: [Fault]
        let checked: Int
        let transport: String
        let hasTLS: Bool
        let dropped: Dropped
    }

    /// Runs it and reads its report. Nothing may be left of it.
    static func report(
        _ options: [String], sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Report {
        let tool = try Tool()
        defer { tool.remove() }
        let result = try tool.run(["cluster", "--json", "--seed", "5"] + options)
        #expect(result.status == 0, "\(result.errors)", sourceLocation: sourceLocation)
        // Logs and records go with the servers.
        let left = try FileManager.default.contentsOfDirectory(atPath: tool.directory)
            .filter { !$0.hasPrefix(".") && $0 != "state" }
        #expect(left.isEmpty, "\(left) is left", sourceLocation: sourceLocation)
        return try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
    }
}
