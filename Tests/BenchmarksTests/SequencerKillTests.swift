import Foundation
import Hardware
import Testing

@testable import Benchmarks

/// Sequencers in processes that are killed while they give out values.
@Suite(.serialized) struct SequencerKillTests {
    private let directory = NSTemporaryDirectory() + "nilometer-kills-\(UUID().uuidString)"

    private static let unit = (try? ThreadBinding.allowedPUs().first) ?? 0

    init() throws {
        BuiltProgram.servesCounters()
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
    }

    /// `NILOMETER_TEST_KILLS` has more of them made.
    private static let kills =
        ProcessInfo.processInfo.environment["NILOMETER_TEST_KILLS"].flatMap(Int.init) ?? 12

    @Test func `no value that a process had told comes again from the next one`() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var tellers = KilledTellers()
        let modes = ValueTeller.Mode.allCases
        for number in 0..<Self.kills {
            try tellers.live(
                modes[number % modes.count], path: "\(directory)/counter",
                count: 1 + number * 7 % 50, on: Self.unit)
        }
        #expect(tellers.repeated == 0)
        #expect(tellers.told >= Self.kills)
    }

    @Test func `what is told twice, or out of order, is counted`() {
        var tellers = KilledTellers()
        tellers.note([3, 4, 5])
        #expect(tellers.repeated == 0)
        tellers.note([5, 6])
        #expect(tellers.repeated == 1)
        tellers.note([2, 7])
        #expect(tellers.repeated == 2)
        #expect(tellers.told == 7)
    }
}
