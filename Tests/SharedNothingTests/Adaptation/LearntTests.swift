import Glibc
import Hardware
import TestSupport
import Testing

@testable import SharedNothing

@Suite struct LearntTests {
    private func configuration(
        _ workload: String = "orders", machine: String = "00112233aabbccdd", workers: Int = 6
    ) -> LearntConfiguration {
        LearntConfiguration(
            workload: workload, machine: machine,
            settings: LoadSettings(workers: workers, batch: 32, wait: .spinThenYield),
            throughput: 1_234_567.5, readings: 600)
    }

    @Test func `reads back what it writes`() throws {
        let configuration = configuration("orders, großes Lager")
        #expect(try LearntConfiguration(parsing: configuration.text) == configuration)
        #expect(configuration.text.hasPrefix("nilometer/learnt/1\nworkload orders, großes Lager\n"))
    }

    @Test func `ignores another schema, and says which`() {
        let other = configuration().text.replacing("learnt/1", with: "learnt/2")
        #expect(throws: LearntConfiguration.Flaw.unknownSchema("nilometer/learnt/2")) {
            try LearntConfiguration(parsing: other)
        }
        #expect(throws: LearntConfiguration.Flaw.unknownSchema("")) {
            try LearntConfiguration(parsing: "")
        }
    }

    @Test func `refuses a text of which anything was changed or cut`() {
        let text = configuration().text
        for count in 0..<text.count {
            #expect(throws: LearntConfiguration.Flaw.self) {
                try LearntConfiguration(parsing: String(text.prefix(count)))
            }
        }
        #expect(throws: LearntConfiguration.Flaw.wrongChecksum) {
            try LearntConfiguration(parsing: text.replacing("workers 6", with: "workers 7"))
        }
        #expect(throws: LearntConfiguration.Flaw.wrongChecksum) {
            try LearntConfiguration(parsing: text + "\n")
        }
    }

    @Test func `keeps one for each workload and machine, and replaces it`() throws {
        let directory = TemporaryDirectory()
        var store = LearntStore(directory: directory.path)
        #expect(try store.find(machine: nil) == .init())
        try store.save(configuration())
        try store.save(configuration("a/b"))
        try store.save(configuration("a.b"))
        try store.save(configuration(machine: "ffffffffffffffff"))
        try store.save(configuration(workers: 8))
        let found = try store.find(machine: "00112233aabbccdd")
        #expect(found.rejected.isEmpty)
        #expect(
            found.configurations
                == [configuration("a.b"), configuration("a/b"), configuration(workers: 8)])
        #expect(try store.find(machine: nil).configurations.count == 4)
    }

    @Test func `tells what it does not use`() throws {
        let directory = TemporaryDirectory()
        var store = LearntStore(directory: directory.path)
        try store.save(configuration())
        let path = directory.file("other.learnt")
        let file = unsafe open(path, O_WRONLY | O_CREAT, 0o600)
        try #require(file >= 0)
        let text = "nilometer/learnt/9\n"
        #expect(unsafe write(file, text, text.utf8.count) == text.utf8.count)
        close(file)
        let found = try store.find(machine: nil)
        #expect(found.configurations == [configuration()])
        #expect(found.rejected.map(\.flaw) == [.unknownSchema("nilometer/learnt/9")])
        #expect(found.rejected.map(\.path) == [path])
    }

    @Test func `a save that fails leaves nothing behind`() throws {
        let directory = TemporaryDirectory()
        var store = LearntStore(directory: directory.path)
        let path = store.path(of: configuration())
        // A directory in the place of the file: renaming onto it fails, at the very end.
        #expect(unsafe mkdir(path, 0o700) == 0)
        let error = #expect(throws: DurableFileError.self) { try store.save(configuration()) }
        #expect(error?.operation == .rename)
        #expect(unsafe rmdir(path) == 0)
        #expect(try SystemDurableFiles().list(directory.path).sorted() == [".", ".."])
    }

    @Test func `removes what the dead have left, and nothing of the living`() throws {
        let directory = TemporaryDirectory()
        var store = LearntStore(directory: directory.path)
        let path = store.path(of: configuration())
        // Processes have numbers up to 2²² at most.
        let dead = "\(path).\(1 << 23).1.new"
        let living = "\(path).\(getpid()).77777.new"
        let another = "\(store.path(of: configuration("others"))).\(1 << 23).1.new"
        let files = SystemDurableFiles()
        for name in [dead, living, another] { try files.close(files.create(name), name) }
        try store.save(configuration())
        #expect(unsafe access(dead, F_OK) != 0)
        #expect(unsafe access(living, F_OK) == 0)
        #expect(unsafe access(another, F_OK) == 0)
        #expect(try store.find(machine: nil).configurations == [configuration()])
    }

    @Test func `threads that save at once do not disturb each other`() throws {
        let directory = TemporaryDirectory()
        let threads = (0..<4).map { index in
            TestThread {
                var store = LearntStore(directory: directory.path)
                for turn in 1...10 {
                    do {
                        try store.save(
                            LearntConfiguration(
                                workload: "orders", machine: "",
                                settings: LoadSettings(
                                    workers: index + 1, batch: turn, wait: .adaptive),
                                throughput: 1, readings: 1))
                    } catch {
                        Issue.record("\(error)")
                    }
                }
            }
        }
        for thread in threads { thread.join() }
        let found = try LearntStore(directory: directory.path).find(machine: nil)
        #expect(found.rejected.isEmpty)
        #expect(found.configurations.map(\.settings.batch) == [10])
        #expect(try SystemDurableFiles().list(directory.path).count == 3)
    }

    @Test func `refuses to make what it could not read back`() async {
        await #expect(processExitsWith: .failure) {
            _ = LearntConfiguration(
                workload: "orders", machine: "",
                settings: LoadSettings(workers: 1, batch: 1, wait: .adaptive), throughput: .nan,
                readings: 1)
        }
        await #expect(processExitsWith: .failure) {
            _ = LearntConfiguration(
                workload: "orders", machine: "",
                settings: LoadSettings(workers: 0, batch: 1, wait: .adaptive), throughput: 1,
                readings: 1)
        }
    }

    @Test func `makes the directories that are missing`() throws {
        let directory = TemporaryDirectory()
        var store = LearntStore(directory: directory.path + "/x/y")
        #expect(try store.find(machine: nil) == .init())
        try store.save(configuration())
        #expect(try store.find(machine: nil).configurations == [configuration()])
        // The directory of the test removes files only.
        let path = store.path(of: configuration())
        #expect(unsafe unlink(path) == 0)
        #expect(unsafe rmdir(directory.path + "/x/y") == 0 && rmdir(directory.path + "/x") == 0)
    }
}
