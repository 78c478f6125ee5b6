import Foundation
import Glibc
import Testing

@testable import PeerServers

/// Servers that are started as on another host, over a connection that is a shell here: what is passed on,
/// and what the host does, is as over one of `ssh`.
@Suite struct RemoteServerTests {
    /// As `ssh`: gives its last argument to the shell that a user has there. Its number is in a file. What is
    /// `sh` there is beside it.
    private static let connection = """
        echo $$ > "${0%/*}/connection"
        for word; do :; done
        PATH="${0%/*}:$PATH" exec SHELL -c "$word"
        """

    /// Says what a node says, with its number; stays until a file is there, or it is killed.
    private static let node = """
        for word; do :; done
        echo $$ > "${0%/*}/node"
        mkdir -p "$word"
        lives=$(cat "$word/lives" 2>/dev/null || echo 0); echo $((lives + 1)) > "$word/lives"
        echo listening nowhere
        echo role leader $lives
        while ! [ -e "${0%/*}/end" ]; do sleep 0.01; done
        echo Fatal error: had enough
        """

    private func processes(
        in directory: borrowing TestDirectory, shell: String = "/bin/sh",
        standard: String = "/bin/sh"
    ) throws -> NodeProcesses {
        try FileManager.default.createSymbolicLink(
            atPath: "\(directory.path)/sh", withDestinationPath: standard)
        var host = RemoteHost(destination: "elsewhere")
        host.address = "127.0.0.1"
        host.directory = directory.path
        host.program = try directory.script("it's a \"node\" $1", Self.node)
        let connection = Self.connection.replacing("SHELL", with: shell)
        return try NodeProcesses(
            1, on: [host], ssh: [try directory.script("connect", connection)], options: [],
            below: directory.path)
    }

    private func number(_ name: String, in directory: borrowing TestDirectory) throws -> Int32 {
        let text = try String(contentsOfFile: "\(directory.path)/\(name)", encoding: .utf8)
        return try #require(Int32(text.dropLast()))
    }

    private func isSoon(_ condition: () throws -> Bool) rethrows -> Bool {
        for _ in 0..<4000 {
            if try condition() { return true }
            usleep(5000)
        }
        return false
    }

    /// The state of a process, as `ps` has it; nil where there is none.
    private func state(of process: Int32) -> Character? {
        let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        return text?.split(separator: ")").last?.first { $0 != " " }
    }

    private static let shells: [String] = [
        "/bin/sh", "/bin/bash", "/bin/dash", "/usr/bin/zsh", "/usr/bin/fish",
    ]
    .filter(FileManager.default.isExecutableFile(atPath:))

    private static let standards = shells.filter { !$0.hasSuffix("fish") }

    @Test(arguments: shells, standards)
    func `a server elsewhere lives, dies and comes back with what it had`(
        shell: String, standard: String
    ) throws {
        let directory = try TestDirectory()
        let processes = try processes(in: directory, shell: shell, standard: standard)
        #expect(processes.process(0) == nil && processes.ownEnd() == nil)
        #expect(isSoon { processes.role(of: 0) == NodeRole(name: "leader", epoch: 0) })
        let first = try number("node", in: directory)
        try processes.freeze(0)
        #expect(isSoon { state(of: first) == "T" })
        try processes.thaw(0)
        #expect(isSoon { state(of: first) != "T" })
        try processes.kill(0)
        #expect(!isThere(first) && processes.role(of: 0) == nil && processes.ownEnd() == nil)
        try processes.kill(0)
        try processes.restart(0)
        #expect(isSoon { processes.role(of: 0) == NodeRole(name: "leader", epoch: 1) })
        let second = try number("node", in: directory)
        #expect(second != first && isThere(second))
        processes.stop()
        #expect(!isThere(second))
        #expect(
            directory.contents.sorted() == [
                "connect", "connection", "it's a \"node\" $1", "node", "sh",
            ])
    }

    /// What the host says of it is not taken for more of that line.
    @Test func `a server that ends in the middle of a line is told`() throws {
        let directory = try TestDirectory()
        let end = #expect(throws: PeerFailure.self) {
            var host = RemoteHost(destination: "elsewhere")
            (host.address, host.directory) = ("127.0.0.1", directory.path)
            host.program = try directory.script("node", "printf oops; exit 1")
            _ = try NodeProcesses(
                1, on: [host],
                ssh: [
                    try directory.script(
                        "connect", Self.connection.replacing("SHELL", with: "/bin/sh"))
                ], options: [], below: directory.path)
        }
        #expect(try #require(end).description.contains("oops"))
    }

    /// As where the process that made it is killed while it connects.
    @Test func `a host that hears nothing ends what it has begun`() throws {
        let directory = try TestDirectory()
        let node = try directory.script("node", "exec sleep 600")
        for _ in 0..<20 {
            let shell = Process()
            shell.executableURL = URL(fileURLWithPath: "/bin/sh")
            shell.arguments = [
                "-c",
                RemoteScript.command([node], below: directory.path, keepsRecords: false),
            ]
            shell.standardInput = FileHandle.nullDevice
            shell.standardOutput = FileHandle.nullDevice
            try shell.run()
            shell.waitUntilExit()
            #expect(shell.terminationStatus == 0)
            #expect(directory.contents == ["node"])
        }
    }

    @Test func `a frozen server is killed as well`() throws {
        let directory = try TestDirectory()
        let processes = try processes(in: directory)
        try processes.freeze(0)
        try processes.kill(0)
        #expect(!isThere(try number("node", in: directory)) && processes.ownEnd() == nil)
    }

    @Test func `a server that ends by itself is told, with what it said last`() throws {
        let directory = try TestDirectory()
        let processes = try processes(in: directory)
        _ = try directory.script("end", "")
        #expect(isSoon { processes.ownEnd() != nil })
        let end = try #require(processes.ownEnd())
        #expect(end.server == 0)
        guard case .ended("nilometer node", "ended on elsewhere", let log) = end.how else {
            Issue.record("\(end.how)")
            return
        }
        #expect(log.contains("Fatal error: had enough"))
        #expect(throws: end.how) { try processes.kill(0) }
    }

    @Test func `nothing is left there when a host ends its sessions`() throws {
        let directory = try TestDirectory()
        let processes = try processes(in: directory)
        let (shell, node) = (
            try number("connection", in: directory), try number("node", in: directory)
        )
        // As where a host is shut down; the end of input is what the others end by.
        kill(shell, SIGHUP)
        #expect(isSoon { !isThere(node) && processes.ownEnd() != nil })
        #expect(isSoon { directory.contents.filter { $0.hasPrefix("nilometer-node") }.isEmpty })
    }

    @Test func `what a host or its connection refuses is told`() throws {
        let directory = try TestDirectory()
        var host = RemoteHost(destination: "elsewhere")
        (host.address, host.directory) = ("127.0.0.1", directory.path)
        func failure(_ connection: String, program: String) throws -> PeerFailure? {
            host.program = program
            let ssh = try directory.script("connect", connection)
            return #expect(throws: PeerFailure.self) {
                _ = try NodeProcesses(1, on: [host], ssh: [ssh], options: [], below: directory.path)
            }
        }
        guard
            case .died("ssh elsewhere", "ended with status 255", let refusal) = try failure(
                "echo Permission denied; exit 255", program: "nilometer")
        else {
            Issue.record("no word of the connection's end")
            return
        }
        #expect(refusal == "Permission denied")
        let end = try failure(
            Self.connection.replacing("SHELL", with: "/bin/sh"), program: "/no/such/program")
        #expect(try #require(end).description.contains("/no/such/program"))
        #expect(directory.contents.sorted() == ["connect", "connection"])
    }
}
