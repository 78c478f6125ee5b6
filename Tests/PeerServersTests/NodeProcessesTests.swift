import Foundation
import Glibc
import Testing

@testable import PeerServers

/// Servers of the suite's own as far as a script can stand for them: it says what a node says.
@Suite struct NodeProcessesTests {
    /// Counts its lives, says what it does in this one, and stays.
    private static let script = """
        lives=$(cat lives 2>/dev/null || echo 0); echo $((lives + 1)) > lives
        echo listening nowhere
        [ $lives = 0 ] && echo role leader 3 && echo dropped 12 3
        [ $lives = 1 ] && echo dropped 1 0
        while ! [ -e end ]; do sleep 0.01; done
        echo Fatal error: had enough
        kill -ILL $$
        """

    private func processes(in directory: borrowing TestDirectory) throws -> NodeProcesses {
        try NodeProcesses(
            program: try directory.script("node", Self.script), addresses: ["a:1", "b:2"],
            options: [], below: directory.path)
    }

    private func home(of number: Int, in directory: borrowing TestDirectory) -> String {
        let place = ["a-1", "b-2"][number]
        return "\(directory.path)/nilometer-node-\(getpid())-\(place)"
    }

    private func isSoon(_ condition: () throws -> Bool) rethrows -> Bool {
        for _ in 0..<2000 {
            if try condition() { return true }
            usleep(5000)
        }
        return false
    }

    @Test func `a server that was killed says nothing of its former life when it is back`() throws {
        let directory = try TestDirectory()
        let processes = try processes(in: directory)
        #expect(isSoon { processes.role(of: 0) == NodeRole(name: "leader", epoch: 3) })
        let former = try #require(processes.process(0))
        try processes.kill(0)
        #expect(processes.role(of: 0) == nil && processes.ownEnd() == nil)
        #expect(processes.process(0) == 0 && !isThere(former))
        try processes.restart(0)
        let lives = home(of: 0, in: directory) + "/lives"
        #expect(isSoon { (try? String(contentsOfFile: lives, encoding: .utf8)) == "2\n" })
        #expect(processes.role(of: 0) == nil && processes.ownEnd() == nil)
        #expect(processes.server(doing: "leader", besides: [1]) == nil)
        processes.stop()
        #expect(directory.contents == ["node"])
    }

    @Test func `what servers dropped is the sum of all their lives`() throws {
        let directory = try TestDirectory()
        let processes = try processes(in: directory)
        #expect(isSoon { processes.dropped() == NodeDrops(overflowed: 24, tooLong: 6) })
        try processes.kill(1)
        #expect(processes.dropped() == NodeDrops(overflowed: 24, tooLong: 6))
        try processes.restart(1)
        #expect(isSoon { processes.dropped() == NodeDrops(overflowed: 25, tooLong: 6) })
        processes.stop()
    }

    @Test func `a server that ended by itself is named, and has no role any more`() throws {
        let directory = try TestDirectory()
        let processes = try processes(in: directory)
        #expect(isSoon { processes.role(of: 1)?.name == "leader" && processes.role(of: 0) != nil })
        #expect(processes.ownEnd() == nil)
        #expect(
            FileManager.default.createFile(
                atPath: home(of: 1, in: directory) + "/end", contents: nil))
        #expect(isSoon { processes.ownEnd() != nil })
        let end = try #require(processes.ownEnd())
        #expect(end.server == 1 && "\(end.how)".contains("was ended by signal 4"))
        #expect("\(end.how)".contains("Fatal error: had enough"))
        #expect(processes.role(of: 1) == nil && processes.role(of: 0) != nil)
        // What nobody killed does not pass for killed.
        #expect(throws: PeerFailure.self) { try processes.kill(1) }
        processes.stop()
        #expect(directory.contents == ["node"])
    }
}
