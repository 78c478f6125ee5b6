import Foundation
import Glibc
import Testing

/// A server of `ssh` for this user alone, on a loopback address of this process's own.
private final class OwnSSH {
    static let program = "/usr/sbin/sshd"
    let directory: String
    /// Where it listens, and servers that are started through it.
    let address: String
    private let server = Process()
    private let end = Pipe()
    private let port = 7022

    /// Starts it, and waits until it lets this user in.
    init(in directory: String) throws {
        self.directory = directory
        let own = UInt32(getpid())
        address = "127.\(192 + own >> 16 & 0x3F).\(own >> 8 & 0xFF).\(own & 0xFF)"
        // Where it runs as root it keeps who is not let in yet in this one.
        if geteuid() == 0 {
            try FileManager.default.createDirectory(
                atPath: "/run/sshd", withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o755])
        }
        for name in ["host", "user"] {
            try Self.run(
                "/usr/bin/ssh-keygen",
                ["-q", "-t", "ed25519", "-N", "", "-f", "\(directory)/\(name)"])
        }
        let settings = """
            ListenAddress \(address)
            Port \(port)
            HostKey \(directory)/host
            AuthorizedKeysFile \(directory)/user.pub
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            PermitRootLogin yes
            PidFile none
            """
        try settings.write(toFile: "\(directory)/settings", atomically: true, encoding: .utf8)

        // Foundation takes a process for ended that closes what it inherited, as this one does, and passes
        // on which signals are blocked: hence a shell in between, which waits for an end of input.
        server.executableURL = URL(fileURLWithPath: "/bin/sh")
        server.arguments = [
            "-c", #""$0" "$@" < /dev/null & cat; kill -KILL $!; wait"#, Self.program, "-D", "-E",
            "\(directory)/sshd.log", "-f", "\(directory)/settings",
        ]
        server.standardInput = end
        try server.run()
        let words = words.split(separator: " ").map(String.init) + [address, "true"]
        for _ in 0..<100 {
            if (try? Self.run("/usr/bin/env", words)) == 0 { return }
            usleep(50_000)
        }
        let log = try? String(contentsOfFile: "\(directory)/sshd.log", encoding: .utf8)
        Issue.record("nobody is let in: \(log ?? "")")
    }

    deinit {
        try? end.fileHandleForWriting.close()
        server.waitUntilExit()
    }

    /// How it is called.
    var words: String {
        "ssh -F none -p \(port) -i \(directory)/user -o IdentitiesOnly=yes -o StrictHostKeyChecking=no "
            + "-o UserKnownHostsFile=\(directory)/known -o LogLevel=ERROR"
    }

    /// A line of a file of hosts.
    var line: String { "\(address) program=\(Tool.executable) directory=\(directory)" }

    @discardableResult
    private static func run(_ program: String, _ arguments: [String]) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}

/// Clusters whose servers are started through `ssh`, on this host in the place of others.
@Suite(.serialized)
struct NodeHostsTests {
    private static let hasSSH =
        [OwnSSH.program, "/usr/bin/ssh"].allSatisfy(FileManager.default.isExecutableFile(atPath:))

    private func hosts(_ lines: [String], in directory: String) throws -> String {
        let path = "\(directory)/hosts"
        try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private func records(in directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory)
            .filter { $0.hasPrefix("nilometer-") }
    }

    @Test(
        .enabled(if: hasSSH, "needs ssh and sshd (apt: openssh-server)"),
        arguments: [("quorum", "leader", "follower"), ("chain", "head", "tail")])
    func `servers on hosts are loaded, killed, frozen, checked and gone`(
        name: String, killed: String, frozen: String
    ) throws {
        let tool = try Tool()
        defer { tool.remove() }
        let ssh = try OwnSSH(in: tool.directory)
        // Two hosts for three servers.
        let lines = [ssh.line, "\(ssh.line) port=7200"]
        let report = try ClusterRun.report([
            "--hosts", try hosts(lines, in: tool.directory), "--ssh", ssh.words, "--nodes", "3",
            "--protocol", name, "--duration", "3s", "--failure-timeout", "300ms", "--kill",
            "\(killed)@300ms+300ms", "--freeze", "\(frozen)@1800ms+100ms",
        ])
        #expect(report.isolation == "host" && report.nodes == 3)
        #expect(report.hosts == [ssh.address, ssh.address, ssh.address])
        #expect(report.writes > 0 && report.checked >= 44 && report.faults.count == 2)
        #expect(report.faults.first?.returnedAs != nil)
        #expect(report.faults.allSatisfy { $0.outage != nil })
        #expect(try records(in: tool.directory).isEmpty)
    }

    @Test(.enabled(if: hasSSH, "needs ssh and sshd (apt: openssh-server)"))
    func `nothing is left on hosts when the cluster is killed`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let ssh = try OwnSSH(in: tool.directory)
        let file = try hosts([ssh.line], in: tool.directory)
        let other = try Tool()
        defer { other.remove() }
        var found: [String] = []
        let result = try other.run([
            "cluster", "--hosts", file, "--ssh", ssh.words, "--path", other.directory, "--duration",
            "1h",
        ]) { process in
            for _ in 0..<3000 where found.isEmpty {
                usleep(10_000)
                found = (try? records(in: tool.directory)) ?? []
            }
            kill(process, SIGKILL)
        }
        #expect(result.status == -1 && found.count == 1)
        for _ in 0..<3000 where try !records(in: tool.directory).isEmpty { usleep(10_000) }
        #expect(try records(in: tool.directory).isEmpty)
    }

    @Test func `what is wrong with hosts is told`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let file = try hosts(["127.0.0.1", "127.0.0.2 port=x"], in: tool.directory)
        let fine = "\(tool.directory)/fine"
        try "127.0.0.1".write(toFile: fine, atomically: true, encoding: .utf8)
        for (arguments, message) in [
            (["--hosts", file], "--hosts: \(file): line 2: 'port=x', expected a port from 1 to"),
            (["--hosts", "\(file).no"], "\(file).no: cannot read it: No such file or directory"),
            (
                ["--hosts", fine, "--rtt", "1ms"],
                "--hosts: expected no --isolation, and nothing of"
            ),
            (["--hosts", fine, "--isolation", "namespace"], "--hosts: expected no --isolation"),
            (["--hosts", fine, "--ssh", " "], "--ssh: ' ', expected a program, and its options"),
            (["--hosts", fine, "--nodes", "16"], "--nodes: '16', expected 1 to 15"),
        ] {
            let result = try tool.run(["cluster"] + arguments)
            #expect(result.status == 2 && result.errors.contains(message), "\(result.errors)")
        }
        let result = try tool.run([
            "cluster", "--hosts", fine, "--ssh", "/bin/sh -c exit", "--path", tool.directory,
        ])
        #expect(result.status == 3 && result.errors.contains("ssh 127.0.0.1 ended with status 0"))
    }
}
