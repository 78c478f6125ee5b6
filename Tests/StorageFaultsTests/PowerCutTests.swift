import Glibc
import Randomness
import Storage
import StorageFaults
import Testing

/// What a power cut takes, and what it must leave.
@Suite struct PowerCutTests {
    private let machine = SimulatedFileSystem()

    /// What is at `path` after power cuts by 300 seeds; `nil` where there is no such file.
    private func outcomes(_ persistence: Persistence, at path: String) -> Set<[UInt8]?> {
        Set(
            (0..<300).map { seed in
                machine.state.after(.powerCut(persistence, .chosen(Seed(seed))))
                    .image(at: path)?.content
            })
    }

    @Test(arguments: Persistence.allCases)
    func `what was synced is there after every power cut`(persistence: Persistence) throws {
        var user = MachineUser(on: machine)
        let file = try user.store(run(1, 2000), at: "file")
        #expect(outcomes(persistence, at: "file") == [run(1, 2000)])
        try user.truncate(file, to: 3000)
        try user.sync(file)
        #expect(outcomes(persistence, at: "file") == [run(1, 2000) + run(0, 1000)])
    }

    @Test(arguments: Persistence.allCases)
    func `a name may be lost until its directory is synced`(persistence: Persistence) throws {
        var user = MachineUser(on: machine)
        let file = try user.create("file")
        _ = try user.write([1], to: file, at: 0)
        try user.sync(file)
        #expect(outcomes(persistence, at: "file") == [nil, [1]])
        try user.syncDirectory()
        #expect(outcomes(persistence, at: "file") == [[1]])
        try user.remove("file")
        #expect(outcomes(persistence, at: "file") == [nil, [1]])
    }

    @Test(arguments: Persistence.allCases)
    func `a directory that its parent does not know yet is lost with all that is in it`(
        persistence: Persistence
    ) throws {
        let user = MachineUser(on: machine)
        try user.makeDirectory("directory")
        _ = try user.create("directory/file")
        let operations = SimulatedOperations(on: machine)
        try operations.syncDirectory(of: "directory/file")
        #expect(outcomes(persistence, at: "directory/file") == [nil, []])
        try operations.syncDirectory(of: "directory")
        #expect(outcomes(persistence, at: "directory/file") == [[]])
    }

    @Test(arguments: Persistence.allCases)
    func `a file that is replaced is the old or the new one, whole`(
        persistence: Persistence
    ) throws {
        var user = MachineUser(on: machine)
        _ = try user.store(run(1, 1000), at: "file")
        let new = try user.create("new")
        _ = try user.write(run(2, 3000), to: new, at: 0)
        try user.sync(new)
        try user.rename("new", to: "file")
        #expect(outcomes(persistence, at: "file") == [run(1, 1000), run(2, 3000)])
        try user.syncDirectory()
        #expect(outcomes(persistence, at: "file") == [run(2, 3000)])
    }

    @Test(arguments: Persistence.allCases)
    func `sectors of one write survive each on its own, and never in part`(
        persistence: Persistence
    ) throws {
        var user = MachineUser(on: machine)
        let file = try user.store(run(1, 1536), at: "file")
        _ = try user.write(run(2, 1000), to: file, at: 100)
        let first = run(1, 100) + run(2, 412)
        let third = run(2, 76) + run(1, 436)
        var all: Set<[UInt8]?> = []
        for sectors in 0..<8 {
            all.insert(
                (sectors & 1 == 0 ? run(1, 512) : first)
                    + (sectors & 2 == 0 ? run(1, 512) : run(2, 512))
                    + (sectors & 4 == 0 ? run(1, 512) : third))
        }
        #expect(outcomes(persistence, at: "file") == all)
    }

    @Test func `in a journal a size that grew comes with its data, elsewhere it may not`() throws {
        var user = MachineUser(on: machine)
        let file = try user.store(run(1, 512), at: "file")
        _ = try user.write(run(2, 512), to: file, at: 512)
        let without: [UInt8]? = run(1, 512)
        let with: [UInt8]? = run(1, 512) + run(2, 512)
        #expect(outcomes(.journaled, at: "file") == [without, with])
        #expect(outcomes(.reordered, at: "file") == [without, with, run(1, 512) + run(0, 512)])
        // Each seed has garbage of its own.
        #expect(outcomes(.stale, at: "file").count > 10)
    }

    @Test func `what removed files had comes back where a device shows what was there before`()
        throws
    {
        var user = MachineUser(on: machine)
        let removed = try user.store(run(1, 512) + run(2, 512), at: "removed")
        _ = try user.store(run(3, 512), at: "file")
        func shows(_ byte: UInt8, _ persistence: Persistence) -> Bool {
            outcomes(persistence, at: "file").contains { $0?.dropFirst(512) == run(byte, 512)[...] }
        }
        let file = try user.create("file")
        _ = try user.write(run(4, 512), to: file, at: 512)
        // As long as it has its name on the device, or somebody has it open, it has its blocks.
        #expect(!shows(2, .stale))
        try user.remove("removed")
        #expect(!shows(2, .stale))
        try user.syncDirectory()
        #expect(!shows(2, .stale))
        try SimulatedOperations(on: machine).close(removed)
        #expect(shows(2, .stale) && !shows(1, .stale))
        #expect(!shows(2, .reordered) && !shows(2, .journaled))
        // The device still has it when the machine has lost its power once more.
        machine.crash(.powerCut(.reordered, .nothing))
        let again = try user.create("file")
        _ = try user.write(run(4, 512), to: again, at: 512)
        #expect(shows(2, .stale))
    }

    @Test func `names and sizes survive in order where there is a journal, and any elsewhere`()
        throws
    {
        let user = MachineUser(on: machine)
        _ = try user.create("first")
        _ = try user.create("second")
        func hasSecondOnly(_ persistence: Persistence) -> Bool {
            (0..<100 as Range<UInt64>).contains { seed in
                let state = machine.state.after(.powerCut(persistence, .chosen(Seed(seed))))
                return state.image(at: "first") == nil && state.image(at: "second") != nil
            }
        }
        #expect(!hasSecondOnly(.journaled))
        #expect(hasSecondOnly(.reordered))
    }

    @Test func `what was cut off does not come back with a later size`() throws {
        var user = MachineUser(on: machine)
        let file = try user.store(run(1, 2048), at: "file")
        try user.truncate(file, to: 100)
        try user.truncate(file, to: 2048)
        for persistence in [Persistence.journaled, .reordered] {
            #expect(
                outcomes(persistence, at: "file")
                    == [run(1, 2048), run(1, 100), run(1, 100) + run(0, 1948)])
        }
    }

    @Test func `the extremes are what was synced and what was done`() throws {
        var user = MachineUser(on: machine)
        let file = try user.store(run(1, 600), at: "file")
        _ = try user.write(run(2, 600), to: file, at: 600)
        for persistence in Persistence.allCases {
            let least = machine.state.after(.powerCut(persistence, .nothing))
            #expect(least.image(at: "file")?.content == run(1, 600))
            let most = machine.state.after(.powerCut(persistence, .everything))
            #expect(most.image(at: "file")?.content == run(1, 600) + run(2, 600))
        }
    }

    @Test func `a kill takes nothing but locks and open files`() throws {
        var user = MachineUser(on: machine)
        let file = try user.create("file")
        try user.lock(file)
        _ = try user.write([1, 2, 3], to: file, at: 0)
        machine.crash(.kill)
        #expect(machine.state.image(at: "file")?.content == [1, 2, 3])
        #expect(failure { () throws(StepFailure) in try user.sync(file) } != nil)
        let again = try user.create("file")
        #expect(again != file)
        try user.lock(again)
    }
}
