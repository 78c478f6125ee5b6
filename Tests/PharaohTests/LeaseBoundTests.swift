import Glibc
import Quantities
import Storage
import TestSupport
import Testing

@testable import Pharaoh

/// Leases whose file somebody has grown or cut.
@Suite struct LeaseBoundTests {
    private typealias Subject = ScarabGeneratorTests.Subject

    private static let layout = ScarabLayout.standard
    /// The last number of a file that an ID of the standard layout can have the time of.
    private static let last = UInt64(1) << 35 - 1

    private let directory = TemporaryDirectory()
    private var path: String { directory.file("ids") }

    @Test func `the bound is the last time of the layout`() {
        #expect(Self.last << 6 <= Self.layout.lastTime)
        #expect((Self.last + 1) << 6 > Self.layout.lastTime)
    }

    @Test(arguments: ScarabGeneratorTests.Kind.allCases, [last - 1, last])
    func `a lease that was grown to the end of time gives errors, and no ID`(
        kind: ScarabGeneratorTests.Kind, reached: UInt64
    ) throws {
        let lease = try ScarabLease(
            limit: MemoryLimit(reached), reached: reached, layout: Self.layout)
        let clock = ScriptedClock(Self.layout.epoch + 1000)
        var ids = try Subject(kind, lease, clock)
        for _ in 0..<2 {
            let error = #expect(throws: ScarabError.self) { try ids.next() }
            guard case .clockBehind = error else {
                Issue.record("\(String(describing: error)) is not about the clock")
                return
            }
        }
    }

    /// From 2^37 numbers on, the wait for the first of their times has no 63 bits of nanoseconds.
    @Test(arguments: [last + 1, 1 << 37, 1 << 57, 1 << 58, .max])
    func `a lease that was grown beyond the end of time is refused`(reached: UInt64) {
        let error = ScarabError.leaseBeyondTime(
            path: "ids", reserved: reached >= 1 << 58 ? .max : reached << 6,
            last: Self.layout.lastTime)
        #expect(throws: error) {
            _ = try ScarabLease(
                limit: MemoryLimit(reached), reached: reached, layout: Self.layout, path: "ids")
        }
        #expect(error.description.contains("ids"))
    }

    /// Times of 48 bits last longer than nanoseconds in 63 bits do.
    @Test(arguments: ScarabGeneratorTests.Kind.allCases)
    func `a wait that is too long to be told in nanoseconds is an error`(
        kind: ScarabGeneratorTests.Kind
    ) throws {
        let layout = try ScarabLayout(time: 48, machine: 4, sequence: 12)
        let reached = layout.lastTime >> 6
        let lease = try ScarabLease(
            limit: MemoryLimit(reached), reached: reached, layout: layout)
        let clock = ScriptedClock(layout.epoch + 1000)
        var ids = try Subject(kind, lease, clock)
        #expect(
            throws: ScarabError.clockBehind(
                by: Nanoseconds(Double(Int64.max)), mayWait: .milliseconds(20))
        ) { try ids.next() }
    }

    @Test(arguments: ScarabGeneratorTests.Kind.allCases)
    func `a generator that begins in the last millisecond gives none of its IDs`(
        kind: ScarabGeneratorTests.Kind
    ) throws {
        let lease = try ScarabLease(limit: MemoryLimit(), reached: 0, layout: Self.layout)
        lease.give(back: 5..<6, before: Self.layout.lastTime)
        let clock = ScriptedClock(Self.layout.epoch + Self.layout.lastTime)
        var ids = try Subject(kind, lease, clock)
        #expect(throws: ScarabError.outOfTime(last: Self.layout.lastTime - 1)) {
            // As many as there are in a millisecond, at once.
            try ids.take(8192)
        }
    }

    @Test(arguments: [last + 1, 1 << 37])
    func `the file of a lease that somebody has grown is refused, and not held`(
        reached: UInt64
    ) throws {
        try ScarabLease(path: path).close()
        // The path is copied during the call; the file has a hole there.
        try #require(unsafe truncate(path, off_t(ObeliskMark.blockSize + reached)) == 0)
        let error = ScarabError.leaseBeyondTime(
            path: path, reserved: reached << 6, last: Self.layout.lastTime)
        for _ in 0..<2 { #expect(throws: error) { _ = try ScarabLease(path: path) } }
    }

    @Test func `the file of a lease that somebody has cut is refused`() throws {
        let lease = try ScarabLease(path: path, window: .milliseconds(64))
        var ids = try lease.generator(machine: 7)
        _ = try ids.next()
        try lease.close()
        var status = stat()
        // The path and the structure are valid for the call.
        try #require(unsafe stat(path, &status) == 0)
        let size = UInt64(status.st_size)
        try #require(unsafe truncate(path, off_t(size - 1)) == 0)
        #expect(throws: ScarabError.lease(.cut(path: path, size: size - 1, least: size))) {
            _ = try ScarabLease(path: path)
        }
        try #require(unsafe truncate(path, 100) == 0)
        #expect(throws: ScarabError.lease(.unmarked(path: path, size: 100))) {
            _ = try ScarabLease(path: path)
        }
    }
}
