import Glibc
import Randomness
import Storage
import StorageFaults
import Testing

/// What the simulated file system answers, with nothing crashing.
@Suite struct SimulatedFileSystemTests {
    private let machine = SimulatedFileSystem()

    private func number(_ body: () throws(StepFailure) -> Void) -> Int32? {
        guard case .refused(_, let number) = failure(body) else { return nil }
        return number.code
    }

    @Test func `two openers of one file exclude each other until the first closes it`() throws {
        let operations = SimulatedOperations(on: machine)
        let first = try operations.open("file", flags: O_RDWR | O_CREAT, permissions: 0o644)
        let second = try operations.open("file", flags: O_RDWR, permissions: 0)
        try operations.lock(first)
        try operations.lock(first)
        #expect(failure { () throws(StepFailure) in try operations.lock(second) } == .locked)
        try operations.close(first)
        try operations.lock(second)
    }

    @Test func `after a failed sync the next succeeds, and what was to be synced is lost`() throws {
        for evicts in [true, false] {
            let machine = SimulatedFileSystem()
            machine.limits.evictsFailedPages = evicts
            var user = MachineUser(on: machine)
            let file = try user.store(run(1, 512 * 20), at: "file")
            _ = try user.write(run(2, 512 * 20), to: file, at: 0)
            machine.faults.inject(.error(ErrorNumber(code: EIO)), on: .sync)
            #expect(number { () throws(StepFailure) in try user.sync(file) } == EIO)
            try user.sync(file)
            let durable = machine.state.after(.powerCut(.journaled, .everything))
            let lost = try #require(durable.image(at: "file")).content
            #expect(Set(lost) == [1, 2])
            // Reading shows the loss only when the pages have left the cache.
            let seen = try #require(machine.state.image(at: "file")).content
            #expect(seen == (evicts ? lost : run(2, 512 * 20)))
            try SimulatedOperations(on: machine).dropCache(of: file)
            #expect(machine.state.image(at: "file")?.content == lost)
            _ = try user.write(run(3, 512 * 20), to: file, at: 0)
            try user.sync(file)
            let healed = machine.state.after(.powerCut(.journaled, .nothing))
            #expect(healed.image(at: "file")?.content == run(3, 512 * 20))
        }
    }

    @Test(arguments: [ENOSPC, EDQUOT])
    func `a full device takes what fits, then nothing, and what is given back again`(
        code: Int32
    ) throws {
        machine.limits.blocks = 2
        machine.limits.lackOfRoom = ErrorNumber(code: code)
        var user = MachineUser(on: machine)
        let file = try user.create("file")
        #expect(try user.write(run(1, 10_000), to: file, at: 100) == 8092)
        #expect(
            number { () throws(StepFailure) in _ = try user.write([1], to: file, at: 8192) } == code
        )
        #expect(try user.write(run(2, 8192), to: file, at: 0) == 8192)
        try user.truncate(file, to: 4096)
        #expect(try user.write([1], to: file, at: 1 << 30) == 1)
        // A file that is open keeps its blocks without a name.
        try user.remove("file")
        let other = try user.create("other")
        #expect(
            number { () throws(StepFailure) in _ = try user.write([1], to: other, at: 0) } == code)
        machine.crash(.kill)
        let again = try user.create("other")
        #expect(try user.write([1], to: again, at: 0) == 1)
    }

    @Test func `a file has the largest size that the file system allows, and no more`() throws {
        machine.limits.largestFile = 1000
        var user = MachineUser(on: machine)
        let file = try user.create("file")
        #expect(try user.write(run(1, 200), to: file, at: 900) == 100)
        #expect(
            number { () throws(StepFailure) in _ = try user.write([1], to: file, at: 1000) }
                == EFBIG)
        #expect(number { () throws(StepFailure) in try user.truncate(file, to: 1001) } == EFBIG)
        try user.truncate(file, to: 1000)
    }

    @Test func `on a read-only file system nothing is opened for writing, made or removed`() throws
    {
        let user = MachineUser(on: machine)
        _ = try user.create("file")
        machine.limits.isReadOnly = true
        for attempt in [
            number { () throws(StepFailure) in _ = try user.create("file") },
            number { () throws(StepFailure) in _ = try user.create("new") },
            number { () throws(StepFailure) in try user.rename("file", to: "new") },
            number { () throws(StepFailure) in try user.remove("file") },
            number { () throws(StepFailure) in try user.makeDirectory("directory") },
        ] {
            #expect(attempt == EROFS)
        }
        _ = try user.create("file", flags: O_RDONLY)
    }

    @Test func `paths that lead nowhere, or to the wrong thing, are refused as Linux refuses them`()
        throws
    {
        let user = MachineUser(on: machine)
        try user.makeDirectory("/a")
        try user.makeDirectory("a/b")
        _ = try user.create("./a/file")
        #expect(try user.names(in: "/a") == ["b", "file"])
        #expect(number { () throws(StepFailure) in _ = try user.create("a/b") } == EISDIR)
        #expect(number { () throws(StepFailure) in _ = try user.create("c/file") } == ENOENT)
        #expect(number { () throws(StepFailure) in _ = try user.create("a/file/x") } == ENOTDIR)
        #expect(
            number { () throws(StepFailure) in
                _ = try user.create("a/file", flags: O_RDWR | O_CREAT | O_EXCL)
            } == EEXIST)
        #expect(
            number { () throws(StepFailure) in _ = try user.create("x", flags: O_RDWR) } == ENOENT)
        #expect(number { () throws(StepFailure) in try user.makeDirectory("a") } == EEXIST)
        #expect(number { () throws(StepFailure) in try user.remove("a/b") } == EISDIR)
        #expect(number { () throws(StepFailure) in try user.rename("a/file", to: "a/b") } == EISDIR)
        #expect(
            number { () throws(StepFailure) in try user.rename("a/b", to: "a/file") } == ENOTDIR)
        #expect(number { () throws(StepFailure) in try user.rename("a/c", to: "d") } == ENOENT)
    }

    @Test func `faults come when the plan says, and as often`() throws {
        var user = MachineUser(on: machine)
        let file = try user.create("file")
        machine.faults.inject(.error(ErrorNumber(code: EIO)), on: .write, after: 1, times: 2)
        machine.faults.inject(.short(3), on: .write)
        #expect(try user.write(run(1, 10), to: file, at: 0) == 3)
        for _ in 0..<2 {
            #expect(
                number { () throws(StepFailure) in _ = try user.write([1], to: file, at: 0) } == EIO
            )
        }
        #expect(try user.write(run(1, 10), to: file, at: 0) == 10)
        machine.faults.inject(.error(ErrorNumber(code: EIO)), on: .write, times: .max)
        for _ in 0..<5 {
            #expect(
                number { () throws(StepFailure) in _ = try user.write([1], to: file, at: 0) } == EIO
            )
        }
        machine.faults.heal()
        #expect(try user.write(run(1, 10), to: file, at: 0) == 10)
    }

    @Test func `a trace says what was asked for and what became of it`() throws {
        var user = MachineUser(on: machine)
        let file = try user.create("file")
        machine.faults.inject(.short(3), on: .write)
        _ = try user.write(run(1, 10), to: file, at: 512)
        machine.faults.inject(.error(ErrorNumber(code: EIO)), on: .sync)
        try? user.sync(file)
        try user.truncate(file, to: 5)
        #expect(
            machine.trace.map(\.description) == [
                "create file", "write 3 at 512: 3 of 10",
                "sync 3: Input/output error (errno 5)", "truncate 3 at 5",
            ])
    }
}
