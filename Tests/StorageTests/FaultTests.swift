import Glibc
import Quantities
import TestSupport
import Testing

@testable import Storage

/// What happens when the file operations fail, over each engine.
@Suite struct FaultTests {
    private let directory = TemporaryDirectory()
    private var path: String { directory.file("journal") }
    private let script = FaultScript()

    private func open(
        _ engine: AppendFile.EngineChoice, growth: AppendFile.Growth = .exact
    ) throws -> AppendLog<FaultyOperations> {
        try AppendLog(
            path: path, options: .init(engine: engine, growth: growth),
            operations: FaultyOperations(engine, script: script))
    }

    @Test func `the directory is synced whenever a file is opened`() throws {
        for _ in 0..<2 {
            script.clear()
            try open(.portable).close()
            #expect(script.steps == [.open, .size, .lock, .syncDirectory, .size, .close])
        }
    }

    @Test(arguments: [Step.Kind.lock, .syncDirectory])
    func `a file that cannot be claimed is given back`(kind: Step.Kind) throws {
        script.inject(.error(EIO), on: kind)
        let error = failure { () throws(StorageError) in
            _ = try AppendLog(
                path: path, options: .init(engine: .portable),
                operations: FaultyOperations(.portable, script: script))
        }
        #expect(error?.number == EIO)
        #expect(script.steps.last == .close)
        try open(.portable).close()
    }

    @Test(arguments: Engines.available)
    func `a short write is continued, and the rest is synced`(
        engine: AppendFile.EngineChoice
    ) throws {
        var log = try open(engine)
        script.clear()
        script.inject(.short(3), on: .write)
        script.inject(.short(1), on: .write)
        _ = try log.append(pattern(10).span, thenSync: true)
        #expect(
            script.steps == [
                .write(offset: 0, count: 10), .write(offset: 3, count: 7),
                .write(offset: 4, count: 6), .sync,
            ])
        #expect(content(of: path) == pattern(10))
    }

    @Test(arguments: Engines.available)
    func `a signal is no failure of a write or a sync`(engine: AppendFile.EngineChoice) throws {
        var log = try open(engine)
        script.clear()
        script.inject(.error(EINTR), on: .write, times: 3)
        script.inject(.error(EINTR), on: .sync, times: 2)
        _ = try log.append(pattern(10).span, thenSync: true)
        #expect(script.steps.count { $0 == .write(offset: 0, count: 10) } == 4)
        #expect(script.syncs == 3)
        #expect(content(of: path) == pattern(10))
    }

    @Test(arguments: Engines.available)
    func `a write that never gets on is given up, and so is a sync`(
        engine: AppendFile.EngineChoice
    ) throws {
        let faults: [(Step.Kind, Fault, StorageError.Operation)] = [
            (.write, .error(EINTR), .write), (.write, .error(EAGAIN), .write),
            (.write, .short(0), .write), (.sync, .error(EINTR), .sync),
        ]
        for (kind, fault, operation) in faults {
            var log = try open(engine)
            script.inject(fault, on: kind, times: .max)
            let error = failure { () throws(StorageError) in
                _ = try log.append([1].span, thenSync: true)
            }
            guard case .stalled(operation, _, 1000) = error else {
                Issue.record("\(fault) on \(kind): \(error as Any)")
                return
            }
            let poison = log.failure
            #expect(poison == error)
            script.heal()
        }
    }

    @Test(arguments: Engines.available, [ENOSPC, EDQUOT, EFBIG])
    func `an append without room is undone and the file stays usable`(
        engine: AppendFile.EngineChoice, code: Int32
    ) throws {
        var log = try open(engine)
        _ = try log.append(pattern(100).span, thenSync: false)
        for thenSync in [false, true] {
            script.inject(.short(7), on: .write)
            script.inject(.error(code), on: .write)
            let error = failure { () throws(StorageError) in
                _ = try log.append(pattern(50).span, thenSync: thenSync)
            }
            #expect(error == .refused(.write, path: path, ErrorNumber(code: code)))
            #expect(content(of: path) == pattern(100))
        }
        let poison = log.failure
        #expect(poison == nil)
        let offset = try log.append([1].span, thenSync: true)
        #expect(offset == 100)
        #expect(content(of: path) == pattern(100) + [1])
    }

    @Test(arguments: Engines.available)
    func `a torn append that cannot be undone poisons the file`(
        engine: AppendFile.EngineChoice
    ) throws {
        var log = try open(engine)
        script.inject(.error(ENOSPC), on: .write)
        script.inject(.error(EIO), on: .truncate)
        let error = failure { () throws(StorageError) in
            _ = try log.append([1].span, thenSync: true)
        }
        #expect(error?.number == ENOSPC)
        let poison = log.failure
        #expect(poison == .refused(.truncate, path: path, ErrorNumber(code: EIO)))
    }

    @Test(arguments: Engines.available, [Step.Kind.write, .sync])
    func `after a failure that leaves the content unknown everything is refused until reopened`(
        engine: AppendFile.EngineChoice, kind: Step.Kind
    ) throws {
        do {
            var log = try open(engine)
            _ = try log.append([1].span, thenSync: true)
            script.inject(.error(EIO), on: kind)
            let cause = failure { () throws(StorageError) in
                _ = try log.append([2].span, thenSync: true)
            }
            #expect(cause?.number == EIO)
            let poisoned = StorageError.poisoned(
                path: path,
                cause: .refused(kind == .sync ? .sync : .write, path: path, ErrorNumber(code: EIO)))
            // The device would take it all now, and say that all is well.
            script.clear()
            let again = failure { () throws(StorageError) in
                _ = try log.append([3].span, thenSync: false)
            }
            let sync = failure { () throws(StorageError) in try log.sync() }
            let cut = failure { () throws(StorageError) in try log.truncate(to: 0) }
            #expect([again, sync, cut] == [poisoned, poisoned, poisoned])
            #expect(script.steps == [])
        }
        var log = try open(engine)
        _ = try log.append([4].span, thenSync: true)
        #expect(content(of: path)?.last == 4)
    }

    @Test(arguments: Engines.available)
    func `a sync on its own that fails once poisons the file for good`(
        engine: AppendFile.EngineChoice
    ) throws {
        var log = try open(engine)
        _ = try log.append([1].span, thenSync: false)
        script.inject(.error(EIO), on: .sync)
        #expect(failure { () throws(StorageError) in try log.sync() }?.number == EIO)
        let second = failure { () throws(StorageError) in try log.sync() }
        #expect(
            second?.description
                == "'\(path)' takes no writes until it is opened again, because of an earlier "
                + "failure: cannot sync '\(path)': Input/output error (errno 5)")
    }

    @Test(arguments: Engines.available)
    func `a sync that was tied to a write and did not run is made up for`(
        engine: AppendFile.EngineChoice
    ) throws {
        var log = try open(engine)
        script.clear()
        script.inject(.skip, on: .sync)
        _ = try log.append([1].span, thenSync: true)
        #expect(script.steps == [.write(offset: 0, count: 1), .sync, .sync])
    }

    @Test(arguments: Engines.available)
    func `a file that cannot grow ahead says so and stays usable`(
        engine: AppendFile.EngineChoice
    ) throws {
        var log = try open(engine, growth: .zeroFilled(step: .kibibytes(4)))
        script.inject(.error(ENOSPC), on: .write)
        let error = failure { () throws(StorageError) in
            _ = try log.append([1].span, thenSync: true)
        }
        #expect(error == .refused(.extend, path: path, ErrorNumber(code: ENOSPC)))
        #expect(content(of: path) == [])
        script.clear()
        _ = try log.append([1].span, thenSync: true)
        #expect(
            script.steps == [
                .write(offset: 0, count: 4096), .sync, .write(offset: 0, count: 1), .sync,
            ])
    }

    @Test func `an offset that no file can have is refused before anything is written`() throws {
        var log = try open(.portable)
        log.length = UInt64(Int64.max) - 3
        script.clear()
        let error = failure { () throws(StorageError) in
            _ = try log.append(pattern(4).span, thenSync: false)
        }
        #expect(error?.number == EFBIG)
    }

    @Test func `closing tells of its failure, and the file is closed all the same`() throws {
        let log = try open(.portable)
        script.inject(.error(EIO), on: .close)
        var error: StorageError?
        do throws(StorageError) { try log.close() } catch let thrown { error = thrown }
        #expect(error == .refused(.close, path: path, ErrorNumber(code: EIO)))
        try open(.portable).close()
    }
}
