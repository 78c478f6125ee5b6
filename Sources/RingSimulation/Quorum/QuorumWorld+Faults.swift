import Randomness
import ShenRing
import Simulation
import StateMachines

// What the harness does to the cluster beside the plan of faults: it aims, at what a protocol could
// get wrong, one plot at a time so that each meets a cluster that works.
extension QuorumWorld {
    mutating func set(_ alarm: Alarm, after least: Span = .zero) {
        let wait = DelayDistribution.exponential(above: least, mean: .milliseconds(50))
            .next(using: &random)
        simulator.alarm(alarm.rawValue, at: max(simulator.now, Self.faultsBegin) + wait)
    }

    mutating func act(_ alarm: Alarm) {
        guard !isCalm else { return }
        switch alarm {
        case .operate:
            operate()
            set(alarm)
        case .plot: set(alarm, after: plot())
        case .spring: spring()
        case .resume: resume()
        }
    }

    /// Has one of the plots below begin, where there is a leader to aim at. Returns how long it
    /// takes.
    private mutating func plot() -> Span {
        guard let leader, simulator.runs(leader.node), let server = server(leader.node),
            server.role == .leader, server.term(at: server.commitIndex) == server.term
        else { return .zero }
        let plots = variety.plots
        switch plots[Int(random.next(below: UInt64(plots.count)))] {
        case .transfer: return transfer(server)
        case .strand: return strand(leader.node)
        case .ambush: return ambush(server)
        case .duel: return duel(leader.node)
        case .hungDisk: return hangDisk(leader.node)
        case .lostDisk: return loseDisk(server)
        case .powerCut: return cutPower()
        case .restartedClient: return restartClient()
        }
    }

    /// Counts a fault that was told, and notes lives that begin.
    mutating func tell(_ fault: Fault, at now: Moment) {
        switch fault {
        case .crash, .freeze, .partition, .block, .failSyncs, .stall, .clock: faults += 1
        case .network(let conditions): if conditions != variety.network { faults += 1 }
        case .restart(let node): beginLife(of: node)
        case .thaw, .heal, .link, .mend: break
        }
    }

    private mutating func inflict(_ fault: Fault) {
        if simulator.inflict(fault) { tell(fault, at: simulator.now) }
    }

    private mutating func beginLife(of node: NodeID) {
        if let server = server(node) {
            checks.began(server, at: simulator.now)
        }
    }

    /// A moment from now on, between these many microseconds.
    private mutating func soon(_ least: Int64, _ most: Int64) -> Moment {
        simulator.now + .microseconds(least + Int64(random.next(below: UInt64(most - least) + 1)))
    }

    /// A server alone with the clients, which reach all others as well: so they can see what it
    /// says while others say something else.
    private mutating func cutOff(_ node: NodeID, at begin: Moment, until end: Moment) {
        let others = variety.serverNodes.filter { $0 != node }
        simulator.schedule(
            .partition([[node] + variety.clientNodes, others + variety.clientNodes]), at: begin)
        simulator.schedule(.heal, at: end)
    }

    /// Leadership is handed over, and the old leader may not hear that it was.
    private mutating func transfer(_ server: QuorumNode) -> Span {
        let voters = server.membership.voters.map(\.node).filter { $0 != server.id }
        let target = voters.shuffled(by: &random).first
        simulator.ask(.server(.transfer(to: target)), of: server.id)
        guard let target, random.next(below: 4) > 0 else { return .zero }
        inflict(.block(from: target, to: server.id))
        cutOff(server.id, at: soon(1_000, 6_000), until: soon(40_000, 60_000))
        return .milliseconds(60)
    }

    /// A leader stands still, and does not hear of another one before it goes on: clients may reach
    /// it first.
    private mutating func strand(_ leader: NodeID) -> Span {
        let thaw = soon(90_000, 150_000)
        cutOff(leader, at: simulator.now, until: thaw + .milliseconds(2))
        simulator.schedule(.freeze(leader), at: simulator.now)
        simulator.schedule(.thaw(leader), at: thaw)
        return thaw - simulator.now
    }

    /// Nobody writes for a while, and one follower is cut off until it wants an election; right
    /// before that the leader is cut off in its place, the others restart, and there are writes
    /// again. Do those who restart keep what they have promised the leader, who may have a lease?
    private mutating func ambush(_ server: QuorumNode) -> Span {
        let voters = server.membership.voters.map(\.node).filter { $0 != server.id }
        guard let waiting = voters.shuffled(by: &random).first else { return .zero }
        for client in variety.writers { simulator.ask(.client(.stop), of: client) }
        let begin = simulator.now + .milliseconds(8)
        cutOff(waiting, at: begin, until: begin + .milliseconds(150))
        ambushed = (server.id, waiting)
        simulator.alarm(Alarm.spring.rawValue, at: begin + .milliseconds(2))
        return .milliseconds(160)
    }

    /// The one who waits has an election coming, and nothing moves it any more.
    private mutating func spring() {
        guard let (leader, waiting) = ambushed, let clock = simulator.clock(of: waiting),
            let deadline = server(waiting)?.deadline, deadline > clock
        else { return resume(at: simulator.now) }
        ambushed = nil
        let turn = max(simulator.now, simulator.now + (deadline - clock) - .milliseconds(3))
        cutOff(leader, at: turn, until: turn + .milliseconds(60))
        for node in variety.serverNodes where node != leader && node != waiting {
            simulator.schedule(.crash(node), at: turn)
            simulator.schedule(.restart(node), at: turn + .milliseconds(1))
        }
        resume(at: turn)
    }

    /// The leader is cut off, and so is, for a time, every one that is elected, at once or a little
    /// later: entries come to stand on few disks, under several terms (the paper's figure 8).
    private mutating func duel(_ leader: NodeID) -> Span {
        duelEnd = simulator.now + .milliseconds(400)
        cutOff(leader, at: simulator.now, until: duelEnd)
        return duelEnd - simulator.now
    }

    /// What befalls one that was elected in a duel.
    mutating func challenge(_ leader: NodeID) {
        guard simulator.now < duelEnd else { return }
        let begin = random.next(below: 2) == 0 ? simulator.now : soon(2_000, 14_000)
        cutOff(leader, at: begin, until: max(begin, duelEnd))
    }

    /// The leader's disk hangs while some followers hear nothing; then the power fails, and those
    /// who have nothing of what was said meanwhile come back first.
    private mutating func hangDisk(_ leader: NodeID) -> Span {
        let followers = variety.serverNodes.filter { $0 != leader }.shuffled(by: &random)
        let deaf = Array(followers[..<((variety.founders - 1) / 2)])
        let others = variety.serverNodes.filter { !deaf.contains($0) }
        let turn = soon(5_000, 20_000)
        inflict(.stall(leader))
        inflict(.partition([deaf + variety.clientNodes, others + variety.clientNodes]))
        simulator.schedule(.heal, at: turn)
        for node in others {
            simulator.schedule(.crash(node), at: turn)
            simulator.schedule(
                .restart(node), at: turn + .milliseconds(node == leader ? 1 : 60))
        }
        simulator.schedule(.mend(leader), at: turn)
        return turn - simulator.now + .milliseconds(60)
    }

    /// A voter loses its disk, one at most in a run: that is what a majority stands for. It comes
    /// back soon, and then the leader goes away.
    private mutating func loseDisk(_ server: QuorumNode) -> Span {
        guard lostDisks == 0, !server.membership.isJoint else { return .zero }
        let voters = server.membership.voters.map(\.node).filter { $0 != server.id }
        guard let victim = voters.shuffled(by: &random).first, simulator.runs(victim) else {
            return .zero
        }
        lostDisks += 1
        inflict(.crash(victim, disk: .loses))
        simulator.schedule(.restart(victim), at: soon(1_000, 10_000))
        guard random.next(below: 3) > 0 else { return .milliseconds(10) }
        simulator.schedule(.crash(server.id), at: soon(1_000, 30_000))
        simulator.schedule(.restart(server.id), at: soon(100_000, 200_000))
        return .milliseconds(200)
    }

    /// All servers go down at once, and come back one by one.
    private mutating func cutPower() -> Span {
        let disk: Disk = random.next(below: 2) == 0 ? .keeps : .tears
        for node in variety.serverNodes {
            inflict(.crash(node, disk: disk))
            simulator.schedule(.restart(node), at: soon(0, 4_000))
        }
        return .milliseconds(80)
    }

    private mutating func resume(at moment: Moment) {
        simulator.alarm(Alarm.resume.rawValue, at: moment)
    }

    /// Those who write do so again.
    private mutating func resume() {
        for client in variety.writers { simulator.ask(.client(.resume), of: client) }
    }

    private mutating func restartClient() -> Span {
        let clients = variety.clientNodes
        let client = clients[Int(random.next(below: UInt64(clients.count)))]
        inflict(.crash(client))
        simulator.inflict(.restart(client))
        return .zero
    }

    /// Everything runs again, and nothing is in the way.
    mutating func endFaults() {
        isCalm = true
        resume()
        simulator.inflict(.heal)
        simulator.inflict(.network(variety.network))
        for node in variety.serverNodes {
            simulator.inflict(.mend(node))
            simulator.inflict(.thaw(node))
            inflict(.restart(node))
        }
    }
}
