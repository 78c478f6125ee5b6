import Randomness
import ShenRing
import Simulation
import StateMachines

// The operator, who changes who is a member: lets spares in as learners, makes learners voters,
// takes voters out, several at once, and replaces those whose disk was lost.
extension QuorumWorld {
    mutating func operate() {
        guard let leader, let server = server(leader.node), server.role == .leader,
            !server.membership.isJoint, let target = change(of: server.membership)
        else { return }
        simulator.ask(.server(.change(to: target, token: 0)), of: leader.node)
    }

    /// The membership that the operator wants next; nil where this one will do.
    private mutating func change(of membership: QuorumMembership) -> QuorumMembership? {
        let present = variety.serverNodes.compactMap { server($0)?.member }
        let isGone = { (member: QuorumMember) in
            present.contains { $0.node == member.node && $0.incarnation != member.incarnation }
        }
        var voters = membership.voters.filter { !isGone($0) }
        var learners = membership.learners.filter { !isGone($0) }
        let outside = present.filter { !voters.contains($0) && !learners.contains($0) }
        if voters.count + learners.count < membership.members.count {
            // One with a new disk is let in again beside the one that is taken out.
            learners += outside.filter { member in
                membership.members.contains { $0.node == member.node }
            }
            return try? QuorumMembership(voters: voters, learners: learners)
        }
        switch random.next(below: 4) {
        case 0 where !outside.isEmpty:
            learners.append(outside[Int(random.next(below: UInt64(outside.count)))])
        case 1 where !learners.isEmpty:
            voters += learners
            learners = []
        case 2 where !learners.isEmpty:
            // All learners at once, each in place of a voter.
            voters = Array(voters.shuffled(by: &random).dropLast(learners.count)) + learners
            learners = []
            guard voters.count >= 3 else { return nil }
        case 3 where voters.count > 3:
            let order = voters.shuffled(by: &random)
            voters = Array(order.dropFirst())
            if random.next(below: 2) == 0 { learners.append(order[0]) }
        default: return nil
        }
        return try? QuorumMembership(voters: voters, learners: learners)
    }
}
