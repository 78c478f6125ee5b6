import Randomness
import ShenRing
import Simulation
import StateMachines

// What the harness does to the cluster beside the plan of faults: it aims.
extension QuorumWorld {
    mutating func set(_ alarm: Alarm) {
        let mean: Span =
            switch alarm {
            case .operate: .milliseconds(60)
            case .transfer: .milliseconds(250)
            case .loseDisk: .milliseconds(500)
            case .restartClient: .milliseconds(700)
            }
        let wait = DelayDistribution.exponential(mean: mean).next(using: &random)
        simulator.alarm(alarm.rawValue, at: max(simulator.now, Self.faultsBegin) + wait)
    }

    mutating func act(_ alarm: Alarm) {
        guard !isCalm else { return }
        switch alarm {
        case .operate: operate()
        case .transfer:
            if let leader { simulator.ask(.server(.transfer(to: nil)), of: leader.node) }
        case .loseDisk: loseDisk()
        case .restartClient:
            let clients = variety.clientNodes
            let client = clients[Int(random.next(below: UInt64(clients.count)))]
            inflict(.crash(client))
            simulator.inflict(.restart(client))
        }
        set(alarm)
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
            checks.began(node, after: server.commitIndex, at: simulator.now)
        }
    }

    private func soon(_ least: Int64, _ most: Int64, _ random: inout Xoshiro256StarStar) -> Moment {
        let further = Int64(random.next(below: UInt64(most - least)))
        return simulator.now + .milliseconds(least) + .microseconds(further * 1_000)
    }

    /// Something befalls a leader soon after it was elected: then the fewest have what it has.
    mutating func harass(_ leader: NodeID) {
        guard random.next(below: 5) < 2 else { return }
        let begin = simulator.now + .microseconds(Int64(random.next(below: 25_000)))
        let end = begin + .milliseconds(20 + Int64(random.next(below: 120)))
        switch random.next(below: 6) {
        case 0, 1:
            simulator.schedule(.crash(leader), at: begin)
            simulator.schedule(.restart(leader), at: end)
        case 2:
            simulator.schedule(.crash(leader, disk: .tears), at: begin)
            simulator.schedule(.restart(leader), at: begin + .milliseconds(1))
        case 3:
            simulator.schedule(.freeze(leader), at: begin)
            simulator.schedule(.thaw(leader), at: end)
        default:
            let others = variety.serverNodes.filter { $0 != leader }
            simulator.schedule(
                .partition([[leader] + variety.clientNodes, others + variety.clientNodes]),
                at: begin)
            simulator.schedule(.heal, at: end)
        }
    }

    /// A voter loses its disk, one at most in a run and only while all others have theirs: that is what a
    /// majority stands for. It comes back soon, and then the leader goes away.
    private mutating func loseDisk() {
        guard lostDisks == 0, let leader, let server = server(leader.node), server.role == .leader,
            !server.membership.isJoint
        else { return }
        let voters = server.membership.voters.map(\.node).filter { $0 != leader.node }
        guard let victim = voters.shuffled(by: &random).first, simulator.runs(victim) else {
            return
        }
        lostDisks += 1
        inflict(.crash(victim, disk: .loses))
        simulator.schedule(.restart(victim), at: soon(1, 10, &random))
        guard random.next(below: 3) > 0 else { return }
        simulator.schedule(.crash(leader.node), at: soon(1, 30, &random))
        simulator.schedule(.restart(leader.node), at: soon(100, 250, &random))
    }

    /// Everything runs again, and nothing is in the way.
    mutating func endFaults() {
        isCalm = true
        simulator.inflict(.heal)
        simulator.inflict(.network(variety.network))
        for node in variety.serverNodes {
            simulator.inflict(.mend(node))
            simulator.inflict(.thaw(node))
            inflict(.restart(node))
        }
    }
}
