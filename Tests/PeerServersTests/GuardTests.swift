import Foundation
import Glibc
import Hardware
import Testing

@testable import PeerServers

/// What a guard's server may do and leave, and what happens when there is no guard.
@Suite struct GuardTests {
    private func order(_ home: ServerHome, _ program: [String]) -> ServerOrder {
        ServerOrder(
            programs: [program], removed: [home.data, home.sockets], log: home.log,
            directory: home.data, stopSignal: SIGQUIT, units: [])
    }

    @Test func `a guard that cannot be started leaves no directory`() throws {
        let directory = try TestDirectory()
        let home = try ServerHome(below: directory.path, name: "server", user: nil)
        try home.write("password", "secret", for: nil)
        // More words than a guard has room for.
        let order = order(home, Array(repeating: "/bin/true", count: 100))
        let failure = #expect(throws: PeerFailure.self) {
            _ = try GuardedServer(order, name: "server", home: home)
        }
        #expect("\(try #require(failure))".contains("E2BIG"))
        #expect(directory.contents == [])
        #expect(!FileManager.default.fileExists(atPath: home.sockets))
    }

    @Test func `a server that ignores its signal is killed when its time is over`() throws {
        let directory = try TestDirectory()
        let program = try directory.script(
            "stays", "trap '' QUIT; echo > ready; while :; do sleep 0.05; done")
        let home = try ServerHome(below: directory.path, name: "server", user: nil)
        var order = order(home, [program])
        order.patience = 100
        let server = try GuardedServer(order, name: "stays", home: home)
        for _ in 0..<2000 where !FileManager.default.fileExists(atPath: "\(home.data)/ready") {
            usleep(5000)
        }
        #expect(isThere(server.process))
        server.stop()
        #expect(!isThere(server.process))
        #expect(directory.contents == ["stays"])
    }

    @Test(.enabled(if: geteuid() == 0, "needs root, whom the server has to change from"))
    func `a server's log is opened as its user`() throws {
        let directory = try TestDirectory()
        let user = try #require(ServerUser(firstOf: ["nobody"]))
        let home = try ServerHome(below: directory.path, name: "server", user: user)
        var order = order(home, ["/bin/sleep", "600"])
        order.user = user
        let server = try GuardedServer(order, name: "sleep", home: home)
        var owner = home.logOwner
        for _ in 0..<2000 where owner == nil {
            usleep(5000)
            owner = home.logOwner
        }
        #expect(owner == user.user)
        server.stop()
        #expect(directory.contents == [])
    }

    @Test func `a server that was killed is started again with what it kept`() throws {
        let directory = try TestDirectory()
        let program = try directory.script(
            "starts", "echo start >> starts; while :; do sleep 0.05; done")
        let home = try ServerHome(below: directory.path, name: "server", user: nil)
        let server = try GuardedServer(order(home, [program]), name: "starts", home: home)
        func starts() throws -> Int {
            let text = try? String(contentsOfFile: "\(home.data)/starts", encoding: .utf8)
            return text?.split(separator: "\n").count ?? 0
        }
        for expected in 1...3 {
            for _ in 0..<2000 where try starts() < expected { usleep(5000) }
            #expect(try starts() == expected)
            let process = server.process
            #expect(isThere(process))
            try server.kill()
            #expect(server.process == 0 && !isThere(process))
            try server.startAgain()
        }
        let last = server.process
        server.stop()
        #expect(!isThere(last))
        #expect(directory.contents == ["starts"])
    }

    @Test func `a server that ended by itself does not pass for killed`() throws {
        let directory = try TestDirectory()
        let program = try directory.script("ends", "echo had enough; exit 4")
        let home = try ServerHome(below: directory.path, name: "server", user: nil)
        let server = try GuardedServer(order(home, [program]), name: "ends", home: home)
        for _ in 0..<2000 where isThere(server.process) { usleep(5000) }
        let failure = #expect(throws: PeerFailure.self) { try server.kill() }
        #expect("\(try #require(failure))".contains("had enough"))
        #expect(directory.contents == ["ends"])
    }

    @Test func `a server that ended by itself is noticed without being asked anything`() throws {
        let directory = try TestDirectory()
        let program = try directory.script(
            "ends", "while ! [ -e go ]; do sleep 0.01; done; echo had enough; kill -ABRT $$")
        let home = try ServerHome(below: directory.path, name: "server", user: nil)
        let server = try GuardedServer(order(home, [program]), name: "ends", home: home)
        #expect(server.ownEnd() == nil)
        try home.write("go", "", for: nil)
        var end: PeerFailure?
        for _ in 0..<2000 where end == nil {
            usleep(5000)
            end = server.ownEnd()
        }
        #expect(
            end == .ended(program: "ends", how: "was ended by signal 6", log: "had enough"))
        #expect(server.ownEnd() == end && server.process == 0)
        // Neither freezes nor kills reach whoever has its number now.
        #expect(throws: PeerFailure.self) { try server.freeze() }
        server.stop()
        #expect(directory.contents == ["ends"])
    }

    @Test func `a server that is frozen does nothing until it is thawed, and can be killed`() throws
    {
        let directory = try TestDirectory()
        let program = try directory.script("counts", "while :; do echo >> count; sleep 0.01; done")
        let home = try ServerHome(below: directory.path, name: "server", user: nil)
        let server = try GuardedServer(order(home, [program]), name: "counts", home: home)
        try server.freeze()
        #expect(state(of: server.process) == "T")
        try server.thaw()
        #expect(state(of: server.process) != "T")
        try server.freeze()
        try server.kill()
        #expect(server.ownEnd() == nil)
        try server.startAgain()
        #expect(isThere(server.process) && state(of: server.process) != "T")
        server.stop()
        #expect(directory.contents == ["counts"])
    }

    /// The letter of what a process does; it is behind its name.
    private func state(of process: Int32) -> Character? {
        let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        return text?.split(separator: ")").last?.first { $0 != " " }
    }

    @Test func `lines of a log come once, whole, and however many there are`() throws {
        let directory = try TestDirectory()
        let home = try ServerHome(below: directory.path, name: "server", user: nil)
        var lines = LogLines(of: home.log)
        #expect(lines.next().isEmpty)
        let first = (0..<2000).map { "line \($0)" }
        try home.write("server.log", first.joined(separator: "\n") + "\nbeg", for: nil)
        #expect(lines.next() == first)
        #expect(lines.next().isEmpty)
        func append(_ text: String) throws {
            let file = try #require(FileHandle(forWritingAtPath: home.log))
            try file.seekToEnd()
            try file.write(contentsOf: Data(text.utf8))
        }
        try append("un\nhalf of")
        #expect(lines.next() == ["begun"])
        try append(" what it said in another life, ")
        lines.skip()
        try append("new\n")
        #expect(lines.next() == ["new"])
        home.remove()
    }

    @Test func `the end of a log is read of a file and nothing else`() throws {
        let directory = try TestDirectory()
        let home = try ServerHome(below: directory.path, name: "server", user: nil)
        try home.write("server.log", "one\ntwo\nthree\nfour\n", for: nil)
        #expect(home.endOfLog() == "two | three | four")
        try FileManager.default.moveItem(atPath: home.log, toPath: "\(home.data)/elsewhere")
        try FileManager.default.createSymbolicLink(
            atPath: home.log, withDestinationPath: "\(home.data)/elsewhere")
        #expect(home.endOfLog() == "nothing")
        try FileManager.default.removeItem(atPath: home.log)
        // Without a writer, opening a pipe would wait for one. SAFETY: the kernel reads the path during
        // the call.
        let made = unsafe mkfifo(home.log, 0o600)
        #expect(made == 0)
        #expect(home.endOfLog() == "nothing")
        home.remove()
        #expect(directory.contents == [])
    }

    @Test func `a filesystem settles, and one that is not there says so`() throws {
        let directory = try TestDirectory()
        try MeasuredFilesystem.settle(directory.path)
        let failure = #expect(throws: PeerFailure.self) {
            try MeasuredFilesystem.settle("\(directory.path)/nothing")
        }
        #expect("\(try #require(failure))".contains("ENOENT"))
    }
}

extension ServerHome {
    /// Whose the log is; `nil` while there is none.
    fileprivate var logOwner: uid_t? {
        var found = stat()
        // SAFETY: `found` outlives the call.
        return unsafe lstat(log, &found) == 0 ? found.st_uid : nil
    }
}
