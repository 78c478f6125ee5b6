import ArgumentParser
import Benchmarks
import Foundation
import Randomness
import StrictYAML

/// Runs a replicated store over processes, of this machine or of other hosts, and asks it for a while.
struct ClusterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster",
        abstract: "Run servers of a replicated store in processes, load them, and check what "
            + "clients heard.",
        discussion: """
            The servers are 'nilometer node' on loopback, with links between them where any are asked for.
            They end with this process, however it ends, and what they kept is removed. Clients run in this
            process: those that load the store are measured; two more write, compare and read, and all that
            they asked and heard is held against what one register for each key could have told them.

            --rtt, --jitter, --loss, --rate: what links are like, between any two servers and between these
              and the clients, which are one machine more.
            --links relay: a relay in this process passes bytes on when they are due, and the report says how
              late it was. Lost segments come later, as TCP repeats them, and hold up what is behind them.
              netem: the kernel, between namespaces; its rate is that of all that a server sends. auto: the
              kernel where it can and nothing is cut, else a relay; the report says which.

            --isolation namespace: each server has a network namespace of its own (for root), on a switch in
              another one; they have no names, and go with the processes in them.

            --hosts FILE: servers are on other hosts, started by ssh, which has to connect without asking. A
              host a line: [USER@]HOST, and behind it any of address=A (where its servers listen; what HOST
              resolves to), port=P (of its first server; 7100), program=PATH (of nilometer there),
              directory=DIR (below which records are; /tmp). The links are those that are there.

            --kill ROLE[@TIME][+TIME], --freeze ROLE[@TIME][+TIME], --cut ROLE[@TIME][+TIME][:in|:out]: the
              server with that role at that time, a third of the duration where none is given. One that
              is killed stays so, or comes back with its records after the time that is given. Frozen, or
              cut off from all others, it is for a third of the duration, or for as long as is said; with
              :in it hears nothing but is heard, with :out the other way about.
            --reset ROLE[@TIME]: all connections of the server end.
              Roles: leader, follower (quorum), head, middle, tail (chain). May be repeated; fewer than half
              can be killed for good.
            --tls-certificate, --tls-key, --tls-roots: one certificate for all, for the names
              node-NUMBER.nilometer of servers (from 0), clients (from 1000) and auditors (2000, 2001).

            Examples:
              nilometer cluster
              nilometer cluster --protocol chain --clients 2 --window 256 --durability none
              nilometer cluster --nodes 5 --kill leader@2s --failure-timeout 100ms --json
              nilometer cluster --protocol chain --freeze tail@1s+500ms
              nilometer cluster --rtt 1ms --jitter 100us --loss 0.1% --rate 1Gbit/s
              nilometer cluster --hosts hosts.txt --kill leader@1s --ssh 'ssh -p 2222'
              nilometer cluster --cut leader@1s+2s:in --kill follower@4s+500ms --duration 10s

            Exit codes: 0 done; 1 what clients heard is not linearizable; 2 bad usage or input; 3 this machine
            can't do it; 130 interrupted.
            """)

    @Option(name: .customLong("protocol"), help: "How the servers agree: chain or quorum.")
    var replication = "quorum"

    @Option(help: "Servers; where it is not given one for each host, or 3 on this machine.")
    var nodes: Int?

    @Option(help: "When a record counts as kept: none, group or each.")
    var durability = "group"

    @Option(help: "After how long a silence servers take over from another.")
    var failureTimeout = "500ms"

    @Option(help: "Clients that load the store.")
    var clients = 1

    @Option(help: "Writes that each of them has under way.")
    var window = 16

    @Option(help: "Bytes of a value, 12 at least.")
    var payload = 16

    @Option(help: "How long is measured.")
    var duration = "5s"

    @Option(help: "What parts servers: process (on loopback) or namespace (for root).")
    var isolation = "process"

    @Option(help: ArgumentHelp("The hosts that servers are on.", valueName: "file"))
    var hosts: String?

    @Option(
        help: ArgumentHelp("The program that connects to hosts, and options.", valueName: "words"))
    var ssh = "ssh"

    @Option(help: "What makes links: auto, relay or netem.")
    var links = "auto"

    @Option(help: "Round-trip time between any two of servers and clients.")
    var rtt: String?

    @Option(help: "By how much messages come sooner or later than half of it, at most.")
    var jitter: String?

    @Option(help: "Share of segments that are lost, such as 0.1%.")
    var loss: String?

    @Option(help: "What each link takes, each way, such as 1Gbit/s.")
    var rate: String?

    @Option(help: ArgumentHelp("Kill a server: ROLE[@TIME][+TIME].", valueName: "fault"))
    var kill: [String] = []

    @Option(help: ArgumentHelp("Freeze a server: ROLE[@TIME][+TIME].", valueName: "fault"))
    var freeze: [String] = []

    @Option(
        help: ArgumentHelp(
            "Cut a server off: ROLE[@TIME][+TIME][:in|:out].", valueName: "fault"))
    var cut: [String] = []

    @Option(help: ArgumentHelp("End a server's connections: ROLE[@TIME].", valueName: "fault"))
    var reset: [String] = []

    @OptionGroup(title: "Transport") var transport: TransportOptions

    @Option(help: "Seed of what clients ask; drawn and printed when not given.")
    var seed: UInt64?

    @Option(help: ArgumentHelp("Directory on whose disk records are kept.", valueName: "dir"))
    var path = NSTemporaryDirectory()

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() throws {
        var request = request
        if let hosts {
            let text = try Installation.input { () throws(InputProblems) in
                try InputFile.text(of: hosts, longest: 1 << 20)
            }
            request.hosts = (hosts, text)
        }
        let trial: ClusterTrial
        do throws(NodeRefusal) {
            trial = try request.trial(
                seed: Seed(seed ?? UInt64.random(in: 0...UInt64(UInt32.max))))
        } catch {
            throw Stop.badInput("\(error)")
        }
        guard CompareSources.isDirectory(path) == true else {
            throw Stop.badInput("--path: '\(path)', expected a directory")
        }
        Interruption.listen()
        let report = try report(of: trial)
        if json {
            try Terminal.output(json: report)
        } else {
            Terminal.output(report.text)
        }
        if Interruption.isRequested {
            throw Stop.interrupted("interrupted before the time was over")
        }
    }

    private func report(of trial: ClusterTrial) throws -> ClusterReport {
        do {
            return try trial.run(shouldStop: { Interruption.isRequested })
        } catch let failure as StoreFailure {
            switch failure {
            case .silent, .gone, .vacant: throw Stop.cannot("\(failure)")
            case .violated, .misplaced, .unknown: throw Stop.violated("\(failure)")
            }
        } catch {
            throw Stop.cannot("\(error)")
        }
    }

    private var request: ClusterRequest {
        var request = ClusterRequest()
        (request.replication, request.nodes) = (replication, nodes)
        (request.durability, request.failureTimeout) = (durability, failureTimeout)
        (request.clients, request.window, request.payload) = (clients, window, payload)
        (request.duration, request.kills, request.freezes) = (duration, kill, freeze)
        (request.cuts, request.resets, request.isolation) = (cut, reset, isolation)
        request.ssh = ssh
        (request.linkKind, request.roundTrip, request.jitter) = (links, rtt, jitter)
        (request.loss, request.rate) = (loss, rate)
        (request.directory, request.transport) = (path, transport.request)
        return request
    }
}
