import Foundation
import Measurement
import Quantities
import Randomness
import Testing

@testable import Regression

/// The order of a paired session, seen on executables that fail at once.
@Suite struct PairedSessionTests {
    private struct Turn: Hashable {
        let side: PairedSession.Side
        let workload: Int
        let fork: Int
    }

    private func plan() -> [PlannedWorkload] {
        ["a", "b"].map {
            PlannedWorkload(
                workload: $0, benchmark: "none", parameters: ParameterSet(), profile: "auto",
                forks: 3, time: .milliseconds(10))
        }
    }

    /// The turns that were taken until `limit` of them failed.
    private func turns(
        limit: Int = .max, of executable: String = "/bin/false"
    ) throws -> ([Turn], Session.Ending) {
        let scratch = NSTemporaryDirectory() + "nilometer-paired-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        let failing = try ["a", "b"].map {
            try FileManager.default.createDirectory(
                atPath: "\(scratch)/\($0)", withIntermediateDirectories: true)
            return ForkProcess(executable: executable, scratch: "\(scratch)/\($0)")
        }
        let session = PairedSession(
            plan(), seed: testSeed, processingUnits: [0],
            directory: .init(path: scratch, durability: "unknown"), base: failing[0],
            new: failing[1], turns: try ProcessTurns(making: "\(scratch)/turns"))
        var taken: [Turn] = []
        let ending = session.run(shouldStop: { taken.count >= limit }) { event in
            guard case .failed(let side, let turn, let reason) = event else { return }
            #expect(reason.contains("status 1"))
            taken.append(Turn(side: side, workload: turn.workload, fork: turn.fork))
        }
        return (taken, ending)
    }

    @Test func `both builds have every turn, one right after the other, first by turns`() throws {
        let (taken, ending) = try turns()
        #expect(ending == .complete)
        #expect(taken.count == 12 && Set(taken).count == 12, "\(seedNote)")
        for pair in stride(from: 0, to: 12, by: 2) {
            let (first, second) = (taken[pair], taken[pair + 1])
            #expect(first.workload == second.workload && first.fork == second.fork)
            #expect(first.side == (first.fork.isMultiple(of: 2) ? .base : .new))
            #expect(second.side != first.side)
        }
        #expect(taken.map(\.fork) == taken.map(\.fork).sorted())
    }

    @Test func `a session that is stopped ends between two forks`() throws {
        let (taken, ending) = try turns(limit: 3)
        #expect(ending == .interrupted)
        // Both of a pair, or neither.
        #expect(taken.count == 4)
    }

    @Test func `builds that know nothing of turns never run at the same time`() throws {
        let directory = NSTemporaryDirectory() + "nilometer-paired-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        // A directory is there once: two at the same time would find it.
        let script = "\(directory)/build"
        try """
        #!/bin/sh
        mkdir '\(directory)/busy' || touch '\(directory)/together'
        sleep 0.05
        rmdir '\(directory)/busy'
        exit 1
        """.write(toFile: script, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: script)
        let (taken, _) = try turns(of: script)
        #expect(taken.count == 12)
        #expect(!FileManager.default.fileExists(atPath: "\(directory)/together"))
    }
}
