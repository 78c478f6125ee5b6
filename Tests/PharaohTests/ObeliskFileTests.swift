import Glibc
import Storage
import StorageFaults
import Testing

@testable import Pharaoh

/// The rules of a counter's file, on a simulated file system.
@Suite struct ObeliskFileTests {
    private let machine = SimulatedFileSystem()
    private let path = "counter"

    private func open(
        _ rule: AppendFile.Creation = .ifMissing, first: UInt64 = 0, purpose: UInt64 = 0
    ) throws(ObeliskError) -> ObeliskFile<SimulatedOperations> {
        try ObeliskFile(
            path: path, purpose: purpose, creation: .init(rule, first: first),
            operations: SimulatedOperations(on: machine))
    }

    private func failure(_ body: () throws(ObeliskError) -> Void) -> ObeliskError? {
        do throws(ObeliskError) {
            try body()
            return nil
        } catch {
            return error
        }
    }

    private func refusal(_ error: ObeliskError?) -> Int32? {
        if case .file(.refused(_, _, let number)) = error { number.code } else { nil }
    }

    /// The operations since the machine was at `step`.
    private func operations(since step: Int) -> [StorageError.Operation] {
        machine.trace[step...].map(\.operation)
    }

    @Test func `a new counter begins where it is told, and goes on where it was`() throws {
        var file = try open(first: 40)
        #expect(file.reserved == 40)
        try file.extend(to: 50)
        try file.close()
        let again = try open(first: 1)
        #expect(again.reserved == 50)
        try again.close()
    }

    @Test func `the size of the file is the counter, behind one block`() throws {
        var file = try open()
        try file.extend(to: 1_000_000)
        #expect(machine.state.image(at: path)?.size == ObeliskMark.blockSize + 1_000_000)
        #expect(try file.allocated() <= ObeliskMark.blockSize)
    }

    @Test func `a recovery syncs nothing`() throws {
        var file = try open()
        try file.extend(to: 5)
        machine.crash(.kill)
        let step = machine.trace.count
        let again = try open()
        #expect(operations(since: step) == [.open, .inspect, .lock, .inspect, .read])
        #expect(again.reserved == 5)
    }

    @Test func `the name is made durable by the next opener when the maker has died`() throws {
        machine.faults.inject(.error(ErrorNumber(code: EIO)), on: .syncDirectory)
        #expect(refusal(failure { () throws(ObeliskError) in _ = try open() }) == EIO)
        machine.crash(.kill)
        let step = machine.trace.count
        let file = try open(.forbidden)
        #expect(operations(since: step).contains(.syncDirectory))
        try file.close()
        let next = machine.trace.count
        try open(.forbidden).close()
        #expect(!operations(since: next).contains(.syncDirectory))
    }

    @Test func `a file may be asked to be new, or to be there`() throws {
        #expect(refusal(failure { () throws(ObeliskError) in _ = try open(.forbidden) }) == ENOENT)
        try open(.required).close()
        #expect(refusal(failure { () throws(ObeliskError) in _ = try open(.required) }) == EEXIST)
        try open(.forbidden).close()
    }

    @Test func `a second opener is refused, while it is made and after that`() throws {
        let file = try open()
        #expect(
            failure { () throws(ObeliskError) in _ = try open() } == .file(.locked(path: path)))
        try file.close()
        try open().close()
    }

    @Test func `a draft that a dead maker left is used`() throws {
        machine.faults.inject(.error(ErrorNumber(code: EIO)), on: .rename)
        #expect(refusal(failure { () throws(ObeliskError) in _ = try open(first: 9) }) == EIO)
        let file = try open(first: 3)
        #expect(file.reserved == 3)
    }

    @Test(arguments: [UInt64(0), 1, 100, 4095])
    func `a file that was cut below its first block is refused`(size: UInt64) throws {
        try open().close()
        cut(to: size)
        let error = failure { () throws(ObeliskError) in _ = try open() }
        #expect(error == .unmarked(path: path, size: size))
    }

    @Test func `a file that was cut below what its mark says is refused`() throws {
        var file = try open()
        try file.extend(to: 1000)
        try file.close()
        cut(to: ObeliskMark.blockSize + 999)
        #expect(
            failure { () throws(ObeliskError) in _ = try open() }
                == .cut(
                    path: path, size: ObeliskMark.blockSize + 999,
                    least: ObeliskMark.blockSize + 1000))
    }

    @Test func `without a close, a mark is at most so many extensions old`() throws {
        var file = try open()
        let extensions = UInt64(2 * ObeliskFile<SimulatedOperations>.extensionsPerMark + 10)
        for value in 1...extensions { try file.extend(to: value) }
        machine.crash(.kill)
        let oldest = extensions - UInt64(ObeliskFile<SimulatedOperations>.extensionsPerMark) - 2
        cut(to: ObeliskMark.blockSize + oldest)
        let error = failure { () throws(ObeliskError) in _ = try open() }
        guard case .cut = error else {
            Issue.record("opened, or refused for another reason: \(String(describing: error))")
            return
        }
    }

    @Test func `a file that somebody has grown only skips values`() throws {
        var file = try open()
        try file.extend(to: 10)
        try file.close()
        cut(to: ObeliskMark.blockSize + 500)
        let grown = try open()
        #expect(grown.reserved == 500)
    }

    @Test(arguments: [UInt64(0), 3, 11, 5000])
    func `a change under the holder is noticed, and nothing is given out any more`(
        size: UInt64
    ) throws {
        var file = try open()
        try file.extend(to: 10)
        cut(to: ObeliskMark.blockSize + size)
        let expected = ObeliskError.interference(
            path: path, size: ObeliskMark.blockSize + size, expected: ObeliskMark.blockSize + 10)
        #expect(extending(&file, to: 20) == expected)
        #expect(extending(&file, to: 20) == expected)
        #expect(machine.state.image(at: path)?.size == ObeliskMark.blockSize + size)
    }

    @Test func `a counter for something else is refused`() throws {
        try open(purpose: 1).close()
        #expect(
            failure { () throws(ObeliskError) in _ = try open(purpose: 2) }
                == .otherPurpose(path: path))
        try open(purpose: 1).close()
    }

    @Test(arguments: [ENOSPC, EDQUOT, EFBIG])
    func `without room a call fails, and the next one may succeed`(code: Int32) throws {
        var file = try open()
        machine.faults.inject(.error(ErrorNumber(code: code)), on: .truncate)
        #expect(refusal(extending(&file, to: 5)) == code)
        #expect(file.reserved == 0)
        try file.extend(to: 5)
        #expect(file.reserved == 5)
    }

    @Test func `the file system's limit is told by name`() throws {
        machine.limits.largestFile = 10_000
        var file = try open()
        try file.extend(to: 5904)
        #expect(refusal(extending(&file, to: 5905)) == EFBIG)
        #expect(file.failure == nil)
    }

    @Test func `a counter that no file can hold is used up`() throws {
        let most = ObeliskFile<SimulatedOperations>.most
        var file = try open(first: most - 1)
        try file.extend(to: most)
        #expect(extending(&file, to: most + 1) == .usedUp(path: path))
    }

    @Test func `a failed sync poisons, even when the next one would succeed`() throws {
        var file = try open()
        try file.extend(to: 3)
        machine.faults.inject(.error(ErrorNumber(code: EIO)), on: .sync)
        #expect(refusal(extending(&file, to: 4)) == EIO)
        guard case .file(.poisoned) = extending(&file, to: 5) else {
            Issue.record("not poisoned")
            return
        }
        try? file.close()
        let again = try open()
        #expect(again.reserved >= 3)
    }

    @Test func `a signal in the middle of a sync is no failure`() throws {
        var file = try open()
        machine.faults.inject(.error(ErrorNumber(code: EINTR)), on: .sync, times: 5)
        try file.extend(to: 4)
        #expect(file.syncs == 6)
    }

    @Test func `a sync that signals interrupt for ever is an error`() throws {
        var file = try open()
        machine.faults.inject(.error(ErrorNumber(code: EINTR)), on: .sync, times: .max)
        guard case .file(.stalled) = extending(&file, to: 4) else {
            Issue.record("no end, or another one")
            return
        }
    }

    @Test func `nothing is opened for writing on a read-only file system`() throws {
        try open().close()
        machine.limits.isReadOnly = true
        #expect(refusal(failure { () throws(ObeliskError) in _ = try open() }) == EROFS)
    }

    @Test func `a short read of the first block is continued`() throws {
        var file = try open()
        try file.extend(to: 77)
        try file.close()
        machine.faults.inject(.short(100), on: .read, times: 3)
        #expect(try open().reserved == 77)
    }

    @Test func `a mark that is written in pieces is whole`() throws {
        machine.faults.inject(.short(10), on: .write, times: 3)
        try open(first: 5).close()
        #expect(try open().reserved == 5)
    }

    private func extending(
        _ file: inout ObeliskFile<SimulatedOperations>, to goal: UInt64
    ) -> ObeliskError? {
        do throws(ObeliskError) {
            try file.extend(to: goal)
            return nil
        } catch {
            return error
        }
    }

    /// Changes the size of the file as somebody would who heeds no lock.
    private func cut(to size: UInt64) {
        var operations = SimulatedOperations(on: machine)
        do {
            let file = try operations.open(path, flags: O_RDWR, permissions: 0)
            try operations.truncate(file, to: size)
            try operations.sync(file)
            try operations.close(file)
        } catch {
            Issue.record("\(error)")
        }
    }
}
