import Foundation
import Testing

/// Servers of each role that are killed over and over and come back, while clients write. The cluster ends
/// with 1 where what clients heard is not linearizable, or a write that was acknowledged is not in the log.
///
/// NILOMETER_TEST_KILLS says how often; twice where it is not set.
@Suite(.serialized) struct NodeKillTests {
    private static let kills =
        ProcessInfo.processInfo.environment["NILOMETER_TEST_KILLS"].flatMap(Int.init) ?? 2

    @Test(arguments: [
        ("quorum", "leader"), ("quorum", "follower"), ("chain", "head"), ("chain", "middle"),
        ("chain", "tail"),
    ])
    func `nothing that was acknowledged is lost, however often who has a role is killed`(
        name: String, role: String
    ) throws {
        let faults = (0..<Self.kills).flatMap { ["--kill", "\(role)@\(500 + 1000 * $0)ms+200ms"] }
        let report = try ClusterRun.report(
            [
                "--protocol", name, "--duration", "\(Self.kills + 3)s", "--window", "8",
                "--failure-timeout", "200ms",
            ] + faults)
        #expect(report.faults.map(\.role) == Array(repeating: role, count: Self.kills))
        // Each was over for writers before the next, or with it.
        #expect(report.faults.allSatisfy { $0.outage != nil && ($0.lasted ?? 0) >= 0.2 })
        #expect(report.writes > Self.kills && report.checked >= 44)
    }
}
