import Foundation
import Glibc
import Randomness
import StorageFaults
import Testing

/// Processes that are killed while they use the real file system.
///
/// What they wrote stays in the page cache, so that a sync which was left out is not found here, nor
/// one that came too late: the simulated file system finds those, and `Scripts/cut-power`.
@Suite struct KillTests {
    private static let kills = CrashBudget.times(8)

    @Test(arguments: ["log", "group", "store", "blocks", "objects"])
    func `nothing that was durable is lost or torn when its process is killed`(
        subject: String
    ) throws {
        let seed = CrashBudget.seed()
        var generator = seed.generator()
        let probe = try StorageProbeProcess(subject)
        for _ in 0..<Self.kills {
            let ending = try probe.run(untilPromises: Int(1 + generator.next(below: 40)))
            #expect(ending == nil, "NILOMETER_TEST_SEED=\(seed)")
        }
        #expect(try probe.check() == .init(status: 0, text: ""))
        #expect(probe.promises.count >= 16 * Self.kills)
    }

    @Test(arguments: ["obelisk", "scarab"])
    func `no value is given out twice when its process is killed`(subject: String) throws {
        let seed = CrashBudget.seed()
        var generator = seed.generator()
        let probe = try StorageProbeProcess(subject)
        var last: UInt64?
        for _ in 0..<Self.kills {
            let ending = try probe.run(untilPromises: Int(1 + generator.next(below: 40)))
            #expect(ending == nil, "NILOMETER_TEST_SEED=\(seed)")
            // The first was the last of the run before.
            for number in probe.numbers.dropFirst(last == nil ? 0 : 1) {
                if let last { #expect(number > last) }
                last = number
            }
            probe.keepLast()
        }
        #expect(try probe.check() == .init(status: 0, text: ""))
    }

    @Test(arguments: ["log", "group", "store", "blocks", "objects", "obelisk", "scarab"])
    func `a promise that was not kept is found`(subject: String) throws {
        let probe = try StorageProbeProcess(subject)
        #expect(try probe.run(untilPromises: 20) == nil)
        // IDs are numbers of 63 bits; nothing of the others gets near this either.
        probe.pretend(series: 0, number: 1 << 62)
        #expect(try probe.check().status == 65)
    }
}
