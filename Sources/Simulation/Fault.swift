public import StateMachines

/// What a crash does to a node's disk.
public enum Disk: String, Hashable, Sendable, CaseIterable {
    /// What was synced survives, and nothing else.
    case keeps
    /// Nothing survives: the node comes back with an empty disk.
    case loses
    /// What was synced survives, and a prefix of what was not: as much as the seed says, from nothing
    /// to all of it.
    case tears
}

/// What goes wrong, and what ends it.
///
/// A fault that does not apply changes nothing and is not counted: the crash of a node that is down, the
/// restart of one that runs, a thaw without a freeze.
public enum Fault: Hashable, Sendable {
    /// The node stops in mid-life: what it held in memory is gone, and what waited for it. What it sent
    /// is still under way, and may arrive in its next life.
    case crash(NodeID, disk: Disk = .keeps)
    /// A node that is down begins a new life with the records that its disk kept.
    case restart(NodeID)
    /// The node stands still, as a process that the scheduler or a collector stopped: messages and
    /// finished syncs wait for it, and its clock goes on.
    case freeze(NodeID)
    /// A frozen node goes on, and sees its clock ahead. Whether a timer that came meanwhile or a message
    /// is first is drawn.
    case thaw(NodeID)
    /// Nodes reach each other only within a group; one in none is alone, one in several is a bridge.
    /// Takes the place of the partition before. At most 64 groups.
    case partition([[NodeID]])
    /// Messages of the first node no longer reach the second; the other way is not touched.
    case block(from: NodeID, to: NodeID)
    /// Ends the partition and every block.
    case heal
    /// The network is like this from now on, for messages sent from now on.
    case network(NetworkConditions)
    /// One link, one way, is like this from now on, whatever the network is; nil: as the network.
    case link(from: NodeID, to: NodeID, NetworkConditions?)
    /// The next sync of the node's disk fails, or all do until `mend`.
    ///
    /// After a failed sync nobody knows what is on the disk, so the node ends its life there, as `Storage`
    /// refuses to go on: the sync under way or the next one ends in a crash with a torn disk, which the
    /// simulator tells as a fault.
    case failSyncs(NodeID, lasting: Bool = false)
    /// The node's disk hangs: the sync under way and all later ones take until `mend`.
    case stall(NodeID)
    /// The node's disk works again: a sync that hung takes its time from now.
    case mend(NodeID)
    /// The node's clock leaps ahead by this much, more than zero.
    case clock(NodeID, jump: Span)

    /// The most groups of a partition.
    public static let mostGroups = 64

    /// Finds a node that a cluster of `nodes` does not have, a partition of too many groups or of an empty one, a clock that
    /// goes back, and impossible conditions.
    public func validate(nodes: Int) throws(SimulationProblem) {
        switch self {
        case .crash(let node, _), .restart(let node), .freeze(let node), .thaw(let node),
            .failSyncs(let node, _), .stall(let node), .mend(let node):
            try SimulationProblem.check(node, among: nodes)
        case .partition(let groups):
            try SimulationProblem.check(
                groups.count, "groups of a partition", least: 0, most: Fault.mostGroups)
            for group in groups {
                try SimulationProblem.check(
                    group.count, "nodes of a group", least: 1, most: .max)
            }
            for node in groups.joined() { try SimulationProblem.check(node, among: nodes) }
        case .block(let sender, let receiver):
            try SimulationProblem.check(sender, among: nodes)
            try SimulationProblem.check(receiver, among: nodes)
        case .heal:
            break
        case .network(let conditions):
            try conditions.validate(nodes: nodes)
        case .link(let sender, let receiver, let conditions):
            try SimulationProblem.check(sender, among: nodes)
            try SimulationProblem.check(receiver, among: nodes)
            try conditions?.validate(nodes: nodes)
        case .clock(let node, let jump):
            try SimulationProblem.check(node, among: nodes)
            try SimulationProblem.check(
                jump, "the jump of a clock", least: Span(nanoseconds: 1))
        }
    }
}

extension Fault {
    /// Traps where the fault is impossible.
    @usableFromInline
    func check(nodes: Int) {
        do throws(SimulationProblem) {
            try validate(nodes: nodes)
        } catch { preconditionFailure("\(error)") }
    }
}
