import Cluster
import Foundation
import Hardware
import Measurement
import Network
import PeerServers
import Quantities
import Randomness
import Shen
import ShenRing
import StateMachines
import Synchronization

/// The members of all rings: those of this process, which appends, and those in processes of their own.
final class LogRings {
    /// Where the other processes run.
    let units: CPUSet
    private let payload: Int
    private let clock: TickClock
    private let ring: AnkhRing
    private let view = AliveView()
    private let desk = TokenDesk()
    private let others: [NodeProcesses]
    private let tokens: NodeProcesses
    private let gossip: RunningNode<Sundial>
    private let token: RunningNode<Cartouche>
    private let log: LogServer
    private var tickets: UInt64 = 0

    /// How long anything may take.
    private static let patience = Span(seconds: 30)
    /// Longer than a hold ever is kept here, so that a right does not end while a busy machine writes.
    private static let lease = Span(seconds: 6)

    /// Starts all members, below `directory`.
    init(_ context: ForkContext, below directory: String) throws {
        units = try ReplicationProcesses.units(context)
        payload = context.integer("payload")
        clock = context.clock
        let count = context.integer("replicas")
        ring = try AnkhRing(
            // Of two digits, so that members are numbered by their names as they are by their places.
            members: (10..<10 + count).map { RingMember(NodeName("node-\($0)")) })
        let (durability, seed) = (context.text("durability"), Seed(context.request.seed))

        let gossiping = try RingProcesses(
            NodeRequest.gossip, count: count, silence: .seconds(1), durability: nil, on: units,
            below: directory)
        let passing = try RingProcesses(
            NodeRequest.token, count: count, silence: Self.lease, durability: durability,
            rivals: context.integer("rivals"), on: units, below: directory)
        let logging = try RingProcesses(
            NodeRequest.log + context.text("replication"), count: count, silence: .seconds(1),
            durability: durability, on: units, below: directory)
        tokens = passing.others
        others = [gossiping.others, passing.others, logging.others]
        gossip = try GossipServer.start(
            gossiping.own.gossipPlan(seed: seed), application: view.application)
        token = try TokenServer.start(
            passing.own.tokenPlan(seed: seed).plan, application: desk.application)
        log = try LogServer(logging.own.plan(seed: seed))
    }

    /// Ends all members.
    func stop() {
        gossip.stop(abruptly: true)
        token.stop(abruptly: true)
        log.stop(abruptly: true)
        // Whatever ended one of them has been told, or is of no interest any more.
        try? gossip.wait()
        try? token.wait()
        try? log.wait()
        for processes in others { processes.stop() }
    }

    /// Waits until the log takes records: a right does not last as long as its replicas may take to begin.
    func begin() throws {
        let outcome = log.append(RecordBatch(record(0).span, time: MonotonicClock.now))
        guard case .appended = outcome else {
            throw RingAppendFailure.refused(number: 0, outcome: "\(outcome)")
        }
    }

    /// Appends a record, through all rings.
    func append(_ number: Int) throws -> RingAppend {
        let record = record(number)
        var times = RingAppend.Times()
        let asked = MonotonicClock.now
        let start = clock.begin()
        var last = start
        func took(_ step: RingAppend.Step) {
            let now = clock.end()
            times[step] = clock.nanoseconds(from: last, to: now)
            last = clock.begin()
        }
        let owner = Int(ring.owner(ofKey: UInt64(number)))
        took(.locate)
        guard view.isAlive(owner) else { throw RingAppendFailure.dead(member: owner) }
        took(.alive)
        tickets += 1
        token.ask(.acquire(tickets))
        let grant = try desk.take(within: Self.patience)
        took(.token)
        let begin = MonotonicClock.now
        let outcome = log.append(RecordBatch(record.span, time: begin))
        took(.write)
        let end = MonotonicClock.now
        token.ask(.release(grant.number))
        took(.release)
        guard end < grant.until else { throw RingAppendFailure.late(number: number) }
        guard case .appended(let place) = outcome else {
            throw RingAppendFailure.refused(number: number, outcome: "\(outcome)")
        }
        return RingAppend(
            number: number, offset: place.first,
            hold: TokenHold(
                epoch: grant.number.epoch, grant: grant.number.grant, asked: asked.nanoseconds,
                begin: begin.nanoseconds, end: end.nanoseconds),
            times: times, latency: clock.nanoseconds(from: start, to: last))
    }

    /// The record of this number.
    private func record(_ number: Int) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
            + [UInt8](repeating: 7, count: payload - 8)
    }

    /// Checks that records are where they were said to be, and that no two had the right at once; says how
    /// many had it.
    func check(_ appends: inout [RingAppend]) throws -> Int {
        try checkRecords(appends)
        // Members print some grants at a time, and the rest five times a second.
        ReplicationProcesses.rest(.milliseconds(300))
        let rivals = tokens.takeHolds()
        let holds = rivals + appends.map(\.hold)
        if let (earlier, later) = holds.overlap { throw TokenFailure.overlap(earlier, later) }
        noteHandovers(&appends, rivals.map(\.begin).sorted())
        return holds.count
    }

    private func checkRecords(_ appends: [RingAppend]) throws {
        let deadline = MonotonicClock.now + Self.patience
        for append in appends {
            // What was appended is stored a little later.
            while log.log.offsets.upperBound <= append.offset, MonotonicClock.now < deadline {
                ReplicationProcesses.rest(.milliseconds(1))
            }
            let found = try log.log.read(append.offset)
            guard found.bytes == record(append.number) else {
                throw RingAppendFailure.elsewhere(number: append.number, offset: append.offset)
            }
        }
        for (earlier, later) in zip(appends, appends.dropFirst())
        where earlier.offset >= later.offset {
            throw RingAppendFailure.elsewhere(number: later.number, offset: later.offset)
        }
    }

    /// Notes of each append when a rival had the right after it.
    private func noteHandovers(_ appends: inout [RingAppend], _ begins: [Int64]) {
        var next = 0
        for index in appends.indices {
            let end = appends[index].hold.end
            while next < begins.count && begins[next] < end { next += 1 }
            guard next < begins.count else { return }
            let limit = index + 1 < appends.count ? appends[index + 1].hold.begin : .max
            if begins[next] < limit { appends[index].handover = Double(begins[next] - end) }
        }
    }
}

/// Whom the gossip of this process holds for alive, for any thread to ask.
private final class AliveView: Sendable {
    /// A bit for each of 64 members that is not alive.
    private let missing = Atomic<UInt64>(0)

    var application: EventSink<Sundial> {
        EventSink { [self] event, _ in
            guard case .changed(let node, let state) = event, node.place < 64 else { return }
            let bit: UInt64 = 1 << UInt64(node.place)
            if state.isRunning {
                missing.bitwiseAnd(~bit, ordering: .relaxed)
            } else {
                missing.bitwiseOr(bit, ordering: .relaxed)
            }
        }
    }

    /// Whether a member is. One load.
    func isAlive(_ member: Int) -> Bool {
        missing.load(ordering: .relaxed) & 1 << UInt64(member) == 0
    }
}

/// Where a thread waits for the right that a member of the token's ring is granted, one at a time.
private final class TokenDesk: Sendable {
    private let granted = Mutex<Cartouche.Grant?>(nil)
    private let isThere = DispatchSemaphore(value: 0)

    var application: EventSink<Cartouche> {
        EventSink { [self] event, _ in
            guard case .granted(let grant) = event else { return }
            granted.withLock { $0 = grant }
            isThere.signal()
        }
    }

    /// Waits for the right.
    func take(within patience: Span) throws -> Cartouche.Grant {
        let answer = isThere.wait(timeout: .now() + .nanoseconds(Int(patience.nanoseconds)))
        guard answer == .success, let grant = granted.withLock({ $0 }) else {
            throw RingAppendFailure.silent(seconds: patience.inSeconds)
        }
        return grant
    }
}
