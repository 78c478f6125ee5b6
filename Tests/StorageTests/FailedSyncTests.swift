import Glibc
import Quantities
import TestSupport
import Testing

@testable import Storage

/// A failed sync counts, whatever else has failed with it; and one that a signal interrupted does not.
@Suite struct FailedSyncTests {
    private let directory = TemporaryDirectory()
    private var path: String { directory.file("file") }
    private let script = FaultScript()

    private func log(
        _ growth: AppendFile.Growth = .exact
    ) throws(StorageError) -> AppendLog<FaultyOperations> {
        try AppendLog(
            path: path, options: .init(engine: .portable, growth: growth),
            operations: FaultyOperations(.portable, script: script))
    }

    /// A write that finds no room, or that is to be made again, beside a sync that has failed.
    @Test(arguments: [ENOSPC, EDQUOT, EINTR])
    func `a log whose sync failed beside its write takes nothing more`(code: Int32) throws {
        var log = try log()
        _ = try log.append([1].span, thenSync: true)
        script.inject(.severed(code, sync: EIO), on: .write)
        let error = failure { () throws(StorageError) in
            _ = try log.append([2].span, thenSync: true)
        }
        let cause = StorageError.refused(.sync, path: path, ErrorNumber(code: EIO))
        #expect(error == cause)
        let again = failure { () throws(StorageError) in try log.sync() }
        #expect(again == .poisoned(path: path, cause: cause))
    }

    @Test(arguments: [ENOSPC, EDQUOT, EINTR])
    func `a file whose sync failed beside its write takes nothing more`(code: Int32) throws {
        guard
            var file = try PositionalFile(
                path: path, flags: O_RDWR | O_CREAT,
                operations: FaultyOperations(.portable, script: script))
        else {
            Issue.record("a file that is created is not there")
            return
        }
        var buffer = IOBuffer(capacity: 1)
        buffer.append([1].span)
        script.inject(.severed(code, sync: EIO), on: .write)
        let error = failure { () throws(StorageError) in
            try file.write(&buffer, at: 0, thenSync: true)
        }
        let cause = StorageError.refused(.sync, path: path, ErrorNumber(code: EIO))
        #expect(error == cause)
        let again = failure { () throws(StorageError) in try file.sync() }
        #expect(again == .poisoned(path: path, cause: cause))
    }

    @Test
    func `a write without room beside a sync that a signal interrupted leaves the log usable`()
        throws
    {
        var log = try log()
        script.inject(.severed(ENOSPC, sync: EINTR), on: .write)
        let error = failure { () throws(StorageError) in
            _ = try log.append([2].span, thenSync: true)
        }
        #expect(error?.number == ENOSPC)
        _ = try log.append([3].span, thenSync: true)
        #expect(content(of: path) == [3])
    }

    @Test func `closing a file that grows ahead survives signals`() throws {
        var log = try log(.zeroFilled(step: ByteCount(4096)))
        _ = try log.append([1].span, thenSync: true)
        script.clear()
        script.inject(.error(EINTR), on: .sync, times: 3)
        try log.close()
        #expect(script.syncs == 4)
        #expect(content(of: path) == [1])
    }
}
