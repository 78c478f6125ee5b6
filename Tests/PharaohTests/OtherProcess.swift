import Foundation
import Pharaoh
import Storage
import TestSupport
import Testing

/// A process that holds the lock of a file, as another opener would.
struct LockingProcess {
    /// The command that takes locks.
    private static let command = "/usr/bin/flock"

    /// Whether there is a command that takes the lock in a process of its own.
    static var isPossible: Bool { FileManager.default.isExecutableFile(atPath: command) }

    private let process = Process()
    private let input = Pipe()

    /// Starts a process that has the lock of the file at `path`, and waits until it does.
    init(locking path: String) throws {
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: Self.command)
        // It says that it has the lock, and keeps it until its input ends.
        process.arguments = [path, "/bin/sh", "-c", "echo locked; cat >/dev/null"]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try #require(!output.fileHandleForReading.availableData.isEmpty)
    }

    /// Lets the process end, and waits for it.
    func end() throws {
        try input.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}

/// Counters and leases whose file another process has.
@Suite(.enabled(if: LockingProcess.isPossible, "there is no flock command"))
struct OtherProcessTests {
    private let directory = TemporaryDirectory()

    @Test func `a counter that another process has is refused until that is over`() throws {
        let path = directory.file("counter")
        var numbers = try Obelisk(path: path)
        #expect(try numbers.next() == 0)
        try numbers.close()
        let other = try LockingProcess(locking: path)
        #expect(throws: ObeliskError.file(.locked(path: path))) { _ = try Obelisk(path: path) }
        #expect(throws: ObeliskError.file(.locked(path: path))) {
            _ = try SharedObelisk(path: path, mode: .each)
        }
        try other.end()
        var again = try Obelisk(path: path)
        #expect(try again.next() > 0)
    }

    @Test func `a lease that another process has is refused until that is over`() throws {
        let path = directory.file("ids")
        try ScarabLease(path: path).close()
        let other = try LockingProcess(locking: path)
        #expect(throws: ScarabError.lease(.file(.locked(path: path)))) {
            _ = try ScarabLease(path: path)
        }
        try other.end()
        try ScarabLease(path: path).close()
    }
}
