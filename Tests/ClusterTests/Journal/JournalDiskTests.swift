import Cluster
import Glibc
import Shen
import ShenRing
import StateMachines
import Storage
import TestSupport
import Testing

/// Records on real files, from life to life.
@Suite struct JournalDiskTests {
    private let directory = TemporaryDirectory()

    private func recover() throws -> [QuorumRecord] {
        var recovered: [QuorumRecord] = []
        let disk = try JournalDisk(path: directory.path, recovered: &recovered)
        try disk.close()
        return recovered
    }

    private let records: [QuorumRecord] = SimulatedTraffic.quorum.records.all.compactMap {
        try? QuorumRecord(wire: $0.span)
    }

    @Test func `the next life reads what the one before stored`() throws {
        var nothing: [QuorumRecord] = []
        let disk = try JournalDisk(path: directory.path, recovered: &nothing)
        let writer = try JournalWriter(disk, recovered: [], durability: .group) {}
        for record in records {
            var one = [record]
            writer.store(&one)
        }
        try writer.end(.orderly)
        #expect(records.count > 10)
        #expect(try recover() == records)
    }

    @Test func `what a power cut tore is cut off, and what was synced before it is there`() throws {
        var nothing: [QuorumRecord] = []
        var disk = try JournalDisk(path: directory.path, recovered: &nothing)
        try disk.append(Array(records[..<6]))
        try disk.sync()
        try disk.append(Array(records[6...]))
        // Dropped, as by a kill; then a byte of what was not synced is lost, as by a power cut.
        _ = consume disk
        try changeLastByte()
        #expect(try recover() == Array(records[..<6]))
    }

    /// Changes the last byte of the journal's newest file that is not zero.
    private func changeLastByte() throws {
        let names = TemporaryDirectory.names(in: directory.path).filter { $0.hasSuffix(".segment") }
        let name = try #require(names.max(), "\(TemporaryDirectory.names(in: directory.path))")
        let descriptor = unsafe open(directory.file(name), O_RDWR)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4 << 20)
        // SAFETY, here and below: the array is valid for the call, and as long as is said.
        let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
        try #require(count > 0 && count < bytes.count)
        let place = try #require(bytes.lastIndex { $0 != 0 })
        bytes[place] ^= 0xFF
        let written = unsafe pwrite(descriptor, &bytes[place], 1, off_t(place))
        try #require(written == 1)
    }

    @Test func `a checkpoint stands for all before it, in the next life too`() throws {
        var nothing: [QuorumRecord] = []
        var disk = try JournalDisk(path: directory.path, recovered: &nothing)
        try disk.append(records)
        try disk.sync()
        try disk.checkpoint([records[0]])
        try disk.append([records[1]])
        try disk.close()
        #expect(try recover() == [records[0], records[1]])
    }

    @Test func `a journal has one node at a time`() throws {
        var nothing: [QuorumRecord] = []
        let disk = try JournalDisk(path: directory.path, recovered: &nothing)
        #expect(throws: LogError.self) { _ = try recover() }
        try disk.close()
    }
}
