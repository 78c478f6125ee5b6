import ArgumentParser
import Benchmarks
import Foundation
import Glibc
import Randomness
import Synchronization

/// Runs one server of a replicated store or log, or one member of a token ring or of a cluster that gossips.
struct NodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node",
        abstract:
            "Run one server of a replicated store or log, or one member of another protocol, until told to end.",
        discussion: """
            All servers of a cluster are given the same members, protocol, cluster and failure timeout. One
            that is started again with its directory goes on where it was; one without a directory forgets
            all when it ends, and must not come back in the same cluster. Members that --joiners names do not
            found the cluster: whenever they are started, they are brought up while it goes on, and then have a
            copy like the others.

            It prints where it listens, and then what it does whenever that changes: 'role leader 7',
            follower, candidate, waiting, joiner (quorum), head, middle, tail, joiner, outside (chain). The number
            is that of the quorum's term or the chain's configuration: of two that claim to lead, who has
            the greater one does. Where it has dropped messages it prints how many so far: 'dropped 12 3',
            12 since their receivers took no more, 3 that were longer than a frame may be. Ctrl-C, a polite
            kill and, with --supervised, the end of standard input end it in order.

            With --protocol log-chain or log-quorum it has a replica of a log: it stores what is agreed on in
            segment files below its directory, and gets what it has missed from the others.

            With --protocol token it is a member of a ring that hands one right round. --contenders says how
            many want that all the time, over all members: each that has it gives it up at once and asks again.
            What a member's contenders had, it prints: 'held 1 7 ASKED BEGIN END', the 7th grant of epoch 1
            with its times in nanoseconds of the machine's monotonic clock, some lines at a time. With
            --protocol gossip members watch each other, one probe in each --failure-timeout, and print whom
            they hold for what from when on: 'sees 2 dead SINCE' (alive, suspect, dead, left, unknown).

            With --tls-certificate, --tls-key and --tls-roots everybody proves who he is, both ways and by
            TLS 1.3: node 3 by a certificate for the name node-3.nilometer, clients as well. Without them
            whoever can connect and knows the cluster's number is believed.

            Examples:
              nilometer node --id 0 --members 0=127.0.0.1:7100
              nilometer node --id 1 --members 0=10.0.0.1:7100,1=10.0.0.2:7100,2=10.0.0.3:7100 \\
                --protocol chain --directory /var/lib/store --durability group
              nilometer node --id 0 --members 0=127.0.0.1:7100 --transport nio \\
                --tls-certificate node-0.pem --tls-key node-0.key --tls-roots roots.pem

            Exit codes: 0 ended as told; 2 bad usage or input; 3 it cannot listen, or its records cannot be
            kept.
            """)

    @Option(help: ArgumentHelp("Which of the members it is.", valueName: "number"))
    var id: String

    @Option(
        help: ArgumentHelp(
            "Who is in the cluster, where: NUMBER=ADDRESS, separated by commas.",
            valueName: "members"))
    var members: String

    @Option(
        help: ArgumentHelp(
            "Members that join once they are started, separated by commas; the others found the cluster.",
            valueName: "numbers"))
    var joiners = ""

    @Option(
        name: .customLong("protocol"),
        help: """
            How the servers agree: chain or quorum, with log- before for a log; or token, or gossip.
            """)
    var replication = "quorum"

    @Option(help: "How many want the token all the time, over all members.")
    var contenders = 0

    @Option(
        help: ArgumentHelp(
            "Where it keeps its records; nowhere when not given.", valueName: "dir"))
    var directory: String?

    @Option(
        help: """
            When a record counts as kept: none (written to the page cache), group (synced with those that \
            came meanwhile; the default) or each (synced by itself).
            """)
    var durability: String?

    @Option(help: "The cluster's number; what comes from others is refused.")
    var cluster: UInt64 = 1

    @Option(help: "After how long a silence others take over.")
    var failureTimeout = "500ms"

    @OptionGroup(title: "Transport") var transport: TransportOptions

    @Flag(
        help: """
            Take 'NUMBER ADDRESS' lines from standard input, of members that are elsewhere now, and end \
            when it ends. Members' addresses may then be left out.
            """)
    var supervised = false

    func run() throws {
        var request = NodeRequest(id: id, members: members)
        (request.replication, request.directory) = (replication, directory)
        (request.durability, request.cluster) = (durability, cluster)
        (request.failureTimeout, request.mayLackAddresses) = (failureTimeout, supervised)
        (request.transport, request.contenders) = (transport.request, contenders)
        request.joiners = joiners
        let ending = EndingSignals()
        let voice = NodeVoice()
        let service: NodeService
        do {
            service = try NodeService(
                request, seed: Seed(UInt64.random(in: 0...UInt64.max)),
                roleChanged: { voice.tell(role: $0) }, noted: { voice.tell(note: $0) })
        } catch let refusal as NodeRefusal {
            throw Stop.badInput("\(refusal)")
        } catch {
            throw Stop.cannot("\(error)")
        }
        voice.tell(address: service.address)
        ending.await { service.stop() }
        Self.speak(of: service, voice)
        if supervised { Self.supervise(service) }
        do {
            try service.wait()
        } catch {
            throw Stop.cannot("\(error)")
        }
        voice.tell(dropped: service.dropped)
        voice.flush()
    }

    /// Has a thread of its own say now and then what the server could not send, and what was noted.
    private static func speak(of service: NodeService, _ voice: NodeVoice) {
        Thread.detachNewThread {
            while true {
                usleep(200_000)
                voice.tell(dropped: service.dropped)
                voice.flush()
            }
        }
    }

    /// Has a thread of its own pass on what standard input says.
    private static func supervise(_ service: NodeService) {
        Thread.detachNewThread {
            while let line = readLine() {
                do throws(NodeRefusal) {
                    try service.introduce(line)
                } catch {
                    Terminal.error("nilometer: standard input: \(error)")
                }
            }
            service.stop()
        }
    }
}

/// What a server prints: first where it listens, then what it does. Any thread may tell it.
private final class NodeVoice: Sendable {
    /// Roles from before it listened; nil since then.
    private let early = Mutex<[String]?>([])
    private let dropped = Mutex(DroppedMessages())
    /// Lines that are printed some at a time.
    private let notes = Mutex((lines: "", count: 0))

    func tell(role: String) {
        early.withLock { held in
            if held?.append(role) == nil { Terminal.output("role \(role)\n") }
        }
    }

    /// Says what was dropped where that is more than before.
    func tell(dropped now: DroppedMessages) {
        dropped.withLock { last in
            guard now != last else { return }
            last = now
            Terminal.output("dropped \(now.overflowed) \(now.tooLong)\n")
        }
    }

    func tell(note line: String) {
        notes.withLock { notes in
            notes.lines += line
            notes.count += 1
            if notes.count == 32 { Self.print(&notes) }
        }
    }

    /// Prints what was noted and is not printed yet.
    func flush() { notes.withLock { Self.print(&$0) } }

    private static func print(_ notes: inout (lines: String, count: Int)) {
        if notes.count > 0 { Terminal.output(notes.lines) }
        notes = ("", 0)
    }

    func tell(address: String) {
        early.withLock { held in
            Terminal.output("listening \(address)\n")
            for role in held ?? [] { Terminal.output("role \(role)\n") }
            held = nil
        }
    }
}

/// The signals that ask a server to end, held back from the threads that begin after this.
struct EndingSignals {
    /// Holds them back.
    init() {
        var set = Self.set
        // SAFETY: the set outlives the call.
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Calls `body` on a thread of its own when the first one comes.
    func await(_ body: @escaping @Sendable () -> Void) {
        Thread.detachNewThread {
            var (set, number) = (Self.set, Int32(0))
            // SAFETY: both outlive the call.
            while unsafe sigwait(&set, &number) != 0 {}
            body()
        }
    }

    private static var set: sigset_t {
        var set = sigset_t()
        // SAFETY: the set outlives the calls.
        unsafe sigemptyset(&set)
        for number in [SIGINT, SIGTERM] { unsafe sigaddset(&set, number) }
        return set
    }
}
