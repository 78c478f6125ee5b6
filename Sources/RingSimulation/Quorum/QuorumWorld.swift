import Randomness
import ShenRing
import Simulation
import StateMachines

/// A node of the quorum's world: a server or a client.
typealias QuorumParticipant = Participant<QuorumNode, KeyedClient<QuorumMessage>>

/// A quorum with clients, faults, an operator who changes its members, and checkers.
struct QuorumWorld {
    /// What the harness wakes itself for.
    enum Alarm: Int {
        case operate, plot, resume, spring
    }

    static let faultsBegin = Moment(nanoseconds: 100_000_000)
    static let faultsEnd = Moment(nanoseconds: 2_000_000_000)
    /// By then, after the faults, there must be progress.
    static let patience = Span.milliseconds(4_000)
    static let operations = 320
    /// More steps than any correct run takes by far: messages that make messages without end.
    static let mostSteps = 200_000

    let variety: QuorumVariety
    private let lives: NodeLives
    var simulator: Simulator<QuorumParticipant>
    var checks = QuorumChecks()
    var random: Xoshiro256StarStar
    /// The leader of the latest term that was told.
    var leader: (node: NodeID, term: UInt64)?
    var faults = 0
    var lostDisks = 0
    var isCalm = false
    /// The leader and the follower of an ambush that is laid.
    var ambushed: (leader: NodeID, waiting: NodeID)?
    /// Until then every leader is cut off soon after it was elected.
    var duelEnd = Moment(nanoseconds: 0)

    init(seed: Seed, planted: QuorumMistake?) {
        let variety = QuorumVariety(seed: seed, planted: planted)
        self.variety = variety
        random = seed.derived(for: "harness").generator()
        let lives = NodeLives(nodes: variety.servers + variety.clients)
        simulator = Simulator(
            nodes: variety.servers + variety.clients, seed: seed.derived(for: "simulator"),
            network: variety.network, disk: variety.disk, clocks: variety.clocks,
            size: \.size
        ) { node, recovered, seed in
            let life = lives.next(of: node)
            guard node.place < variety.servers else {
                let settings = variety.client(node, life: life)
                return .client(KeyedClient(node, settings: settings, seed: seed))
            }
            return .server(
                variety.server(node, life: life, recovered: recovered, seed: seed) {
                    lives.note("\(node) cannot begin life \(life): \($0)")
                })
        }
        self.lives = lives
        simulator.burst = variety.burst
        simulator.compact = { records in
            (try? QuorumNode.compacted(records)) ?? records
        }
        let plan = variety.faults(
            seed: seed, from: Self.faultsBegin, to: Self.faultsEnd)
        simulator.schedule(plan)
        for alarm in [Alarm.operate, .plot] { set(alarm) }
    }

    /// Runs all of it.
    mutating func run() -> ScenarioReport {
        pass(until: Self.faultsEnd)
        endFaults()
        progress()
        converge()
        if simulator.steps >= Self.mostSteps {
            checks.note("\(simulator.steps) steps by \(simulator.now)")
        }
        checks.finish(nodes: variety.serverNodes.compactMap { server($0) })
        for failure in lives.failures { checks.note(failure) }
        let (violations, isUnknown) = checks.verdict()
        return ScenarioReport(
            operations: checks.answered, faults: faults,
            simulated: simulator.now - Moment(nanoseconds: 0), trace: simulator.trace.value,
            violations: violations, unknown: isUnknown)
    }

    /// Goes on until a moment.
    mutating func pass(until end: Moment) {
        while simulator.steps < Self.mostSteps, let occurrence = simulator.next(until: end) {
            switch occurrence {
            case .event(.server(let event), let node, let now): tell(event, of: node, at: now)
            case .event(.client(let event), let node, let now):
                checks.client(event, of: node, at: now)
            case .fault(let fault, let now): tell(fault, at: now)
            case .alarm(let token, _): if let alarm = Alarm(rawValue: token) { act(alarm) }
            }
        }
    }

    /// Once nothing is wrong any more, everybody is served again.
    private mutating func progress() {
        let (begin, before) = (simulator.now, checks.answered)
        while simulator.now < begin + Self.patience, simulator.steps < Self.mostSteps {
            pass(until: simulator.now + .milliseconds(50))
            if checks.answered >= max(Self.operations, before + 50) { return }
        }
        checks.note(
            "\(checks.answered) operations were answered, \(checks.answered - before) of them in "
                + "\(Self.patience) without faults")
    }

    /// Once nothing is asked any more, all members have the same log.
    private mutating func converge() {
        for client in variety.clientNodes { simulator.ask(.client(.stop), of: client) }
        let begin = simulator.now
        while simulator.now < begin + Self.patience, simulator.steps < Self.mostSteps {
            pass(until: simulator.now + .milliseconds(50))
            if hasConverged { return }
        }
        checks.note("the members' logs were not alike \(Self.patience) after the last request")
    }

    private var hasConverged: Bool {
        guard let leader, let node = server(leader.node), node.role == .leader,
            node.commitIndex == node.lastIndex, !node.membership.isJoint
        else { return false }
        return node.membership.members.allSatisfy { member in
            guard let peer = server(member.node), peer.member == member else { return true }
            return peer.commitIndex == node.commitIndex
        }
    }

    /// A server that is not down.
    func server(_ node: NodeID) -> QuorumNode? {
        guard case .server(let server) = simulator[node] else { return nil }
        return server
    }

    private mutating func tell(_ event: QuorumEvent, of node: NodeID, at now: Moment) {
        switch event {
        case .committed(let index, let entry):
            checks.committed(entry, at: index, by: node, at: now)
        case .installed(let snapshot):
            checks.installed(snapshot, by: node, at: now)
        case .role(let role, let term, _):
            checks.entered(term, node)
            guard role == .leader else { break }
            if let server = server(node) { checks.elected(server, at: now) }
            if leader.map({ $0.term <= term }) ?? true { leader = (node, term) }
            if !isCalm { challenge(node) }
        case .membership, .compacted, .proposed, .readable, .refused, .ignored,
            .transferEnded:
            break
        }
    }
}

extension QuorumVariety {
    /// A server's life. One whose disk says what cannot be begins as if it had lost it, and that is
    /// told.
    fileprivate func server(
        _ node: NodeID, life: Int, recovered: [QuorumRecord], seed: Seed,
        otherwise tell: (QuorumError) -> Void
    ) -> QuorumNode {
        do throws(QuorumError) {
            return try QuorumNode(
                node, settings: settings, origin: origin(of: node, life: life),
                recovered: recovered, seed: seed)
        } catch {
            tell(error)
            guard
                let fresh = try? QuorumNode(
                    node, settings: settings, origin: .joining(incarnation: UInt32(life)),
                    seed: seed)
            else { preconditionFailure("\(error)") }
            return fresh
        }
    }

    /// How a node begins whose disk is empty: a founder as that, but only once.
    private func origin(of node: NodeID, life: Int) -> QuorumOrigin {
        if node.place < founders, life == 1 || rejoinsAsVoter {
            return .founding((0..<founders).map(NodeID.init(place:)))
        }
        return .joining(incarnation: UInt32(life))
    }
}
