import Cluster
import Glibc
import Hardware
import Measurement
import Network
import Quantities
import Randomness
import StateMachines

/// What the benchmarks of stores over processes have in common.
enum ReplicationProcesses {
    static let replicas = ParameterSpecification(
        "replicas", "servers that have a copy, all on this machine", .integer(3...15), default: "3")

    static let durability = ParameterSpecification(
        "durability",
        "when a record counts as kept: written to the page cache, synced with those that came "
            + "meanwhile, or synced by itself",
        .choice(JournalDurability.allCases.map(\.rawValue)), default: "group")

    static let payload = ParameterSpecification(
        "payload", "bytes of a value", .integer(12...1 << 16), default: "16")

    static let clients = ParameterSpecification(
        "clients", "clients, each with a connection to every server", .integer(1...64),
        default: "1")

    static let window = ParameterSpecification(
        "window", "writes that each client has under way", .integer(1...1024), default: "1")

    static func silence(default text: String) -> ParameterSpecification {
        ParameterSpecification(
            "silence", "how long a server may be silent before it is taken for dead",
            .duration(.milliseconds(10) ... .seconds(60)), default: text)
    }

    /// The word for no links at all.
    static let direct = "none"

    static let roundTrip = ParameterSpecification(
        "rtt",
        "round-trip time between any two of servers and clients, which are one machine more, made by "
            + "a relay; none for none: over loopback",
        .durationOrWord(.zero ... .milliseconds(200), direct), default: direct)

    /// Servers repeat what is not answered within a fifth of the silence that is borne.
    @Sendable
    static func contradiction(_ parameters: ParameterSet, _ time: Nanoseconds) -> String? {
        guard let text = parameters["rtt"], let trip = try? Nanoseconds(parsing: text),
            let silence = parameters["silence"].flatMap({ try? Nanoseconds(parsing: $0) }),
            trip.rawValue > silence.rawValue / 5
        else { return nil }
        return "an rtt of \(trip) where silence of \(silence) is taken for death; expected a fifth "
            + "of it at most"
    }

    /// What tells figures apart. Without links they have the names that they had before there were any.
    static func names(of plan: StorePlan, _ recorder: Recorder) -> ParameterSet {
        recorder.figureParameters(without: plan.links == nil ? ["rtt"] : [])
    }

    /// Says what links did to the figures.
    static func noteLinks(_ relayed: RelayStatistics?, into recorder: inout Recorder) {
        guard let relayed, let p50 = relayed.lateness.within(share: 0.5),
            let p99 = relayed.lateness.within(share: 0.99)
        else { return }
        recorder.note(
            "links by a relay in the clients' process, late each way by p50 "
                + "\(Nanoseconds(p50.inNanoseconds)), p99 \(Nanoseconds(p99.inNanoseconds))")
    }

    /// Where servers run: beside the client's processing unit, where there is another.
    static func units(_ context: ForkContext) throws -> CPUSet {
        let allowed = try ThreadBinding.allowedPUs()
        let others = CPUSet(allowed.indexes.filter { $0 != context.processingUnit })
        return others.isEmpty ? allowed : others
    }

    /// Says where replicas run of which one is in this process, and what a sync is worth there.
    static func notePlaces(_ context: ForkContext, into recorder: inout Recorder) throws {
        recorder.note(
            "the appending process on processing unit \(context.processingUnit), the others on "
                + "\(try units(context)); no network between")
        noteDurability(context, into: &recorder)
    }

    /// Says what a sync is worth where the measured records are.
    static func noteDurability(_ context: ForkContext, into recorder: inout Recorder) {
        recorder.note(
            "durability class of the measured directory: \(context.request.directory.durability)")
    }

    /// Sleeps for a while.
    static func rest(_ span: Span) {
        if span > .zero { usleep(UInt32(span.nanoseconds / 1000)) }
    }

    /// Lets `body` measure a store in a directory of the fork's own, with servers beside the client's
    /// processing unit where there is another.
    static func with(
        _ replication: Replication, in context: ForkContext, into recorder: inout Recorder,
        _ body: (StorePlan, inout Recorder) throws -> Void
    ) throws {
        guard let durability = JournalDurability(rawValue: context.text("durability")) else {
            preconditionFailure("no durability is called \(context.text("durability"))")
        }
        let directory = try ForkDirectory(below: context.request.directory.path)
        defer { directory.remove() }
        var plan = StorePlan(
            replication: replication, durability: durability,
            failureTimeout: context.span("silence"),
            seed: Seed(context.request.seed), directory: directory.path)
        plan.replicas = context.integer("replicas")
        if let trip = context.durationUnlessWord("rtt") {
            plan.links = LinkConditions(delay: Span(nanoseconds: Int64(trip.rawValue) / 2))
        }
        plan.units = try units(context)
        recorder.note(
            "\(plan.replicas) servers in processes of one machine, "
                + (plan.links == nil ? "without a network between, on " : "with links between, on ")
                + "\(plan.units); clients on processing unit \(context.processingUnit)")
        noteDurability(context, into: &recorder)
        try body(plan, &recorder)
    }
}
