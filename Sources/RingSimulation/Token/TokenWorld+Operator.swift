import ShenRing
import Simulation
import StateMachines

/// What an operator does to a ring while it works.
extension TokenWorld {
    mutating func operate(_ operation: TokenOperation) {
        switch operation {
        case .remove(let node, let asked):
            guard let ring = newestRing, ring.members.count > 3, isSettled else { return }
            simulator.ask(.change(.remove(node)), of: asked)
        case .join(let node):
            guard let machine = simulator[node], !machine.isMember else { return }
            simulator.ask(.join, of: node)
        case .loseDisk(let node, let span):
            if mayLoseDisks, isWhole, isSettled { crash(node, losing: .loses, for: span) }
        case .restart(let node):
            let restart = Fault.restart(node)
            if simulator.inflict(restart) { befell(restart, at: simulator.now) }
            // Where it lost its disk; else it is on the ring, or was removed from it and stays out.
            if simulator[node]?.member == nil { simulator.ask(.join, of: node) }
        case .strike(let strike, let end):
            if !self.strike(strike), simulator.now < end {
                set(.operate(operation), after: .microseconds(500))
            }
        case .heal:
            simulator.inflict(.heal)
        case .cutOff(let node, let span):
            cutOff(node, for: span)
        case .thaw(let node):
            let thaw = Fault.thaw(node)
            if simulator.inflict(thaw) { befell(thaw, at: simulator.now) }
        case .gather(let span, let end):
            for place in 0..<simulator.nodeCount { operate(.join(NodeID(place: place))) }
            if simulator.now + span < end {
                set(.operate(.gather(every: span, until: end)), after: span)
            }
        }
    }

    /// Strikes whoever has the newest token.
    ///
    /// - Returns: whether anybody did.
    private mutating func strike(_ strike: TokenStrike) -> Bool {
        let holders = machines.filter { $0.heldToken != nil && simulator.runs($0.node) }
        let newest = holders.max {
            ($0.heldToken ?? .init(.none, 0)) < ($1.heldToken ?? .init(.none, 0))
        }
        guard let holder = newest else { return false }
        let node = holder.node
        switch strike {
        case .isolate(let span):
            cutOff(node, for: span)
        case .crash(let span):
            crash(node, for: span)
        case .blackout(let span, let longer):
            cutOff(node, for: longer)
            for other in others(than: node) { crash(other, for: span) }
        case .forget(let span):
            guard mayLoseDisks, isWhole, isSettled else { return false }
            crash(node, losing: .loses, for: span)
        case .tear(let span, let longer):
            guard !holder.isDurable else { return false }
            cutOff(node, for: longer)
            crash(node, for: span)
        case .pause(let span, let longer):
            guard holder.isAskingForLease, isWanted(onlyBy: node) else { return false }
            let freeze = Fault.freeze(node)
            guard simulator.inflict(freeze) else { return false }
            befell(freeze, at: simulator.now)
            set(.operate(.cutOff(node, for: longer)), after: .microseconds(700))
            set(.operate(.thaw(node)), after: span)
        }
        return true
    }

    /// Whether no other application waits: then the token will not leave the node for a while.
    private func isWanted(onlyBy node: NodeID) -> Bool {
        others(than: node).allSatisfy { applications[$0.place].asked == nil }
    }

    private func others(than node: NodeID) -> [NodeID] {
        (0..<simulator.nodeCount).map(NodeID.init(place:)).filter { $0 != node }
    }

    private mutating func cutOff(_ node: NodeID, for span: Span) {
        let partition = Fault.partition([[node], others(than: node)])
        if simulator.inflict(partition) { befell(partition, at: simulator.now) }
        set(.operate(.heal), after: span)
    }

    private mutating func crash(_ node: NodeID, losing disk: Disk = .keeps, for span: Span) {
        let crash = Fault.crash(node, disk: disk)
        guard simulator.inflict(crash) else { return }
        befell(crash, at: simulator.now)
        set(.operate(.restart(node)), after: span)
    }

    /// The newest ring that a node knows.
    var newestRing: Cartouche.Configuration? {
        machines.compactMap(\.configuration).max { $0.version < $1.version }
    }

    /// The machines of the nodes that are up, by node.
    var machines: [Cartouche] {
        (0..<simulator.nodeCount).compactMap { simulator[NodeID(place: $0)] }
    }

    /// Whether nobody is about to leave or to come, or may have already.
    private var isSettled: Bool {
        machines.allSatisfy { machine in
            machine.proposed == nil && machine.pendingChanges.isEmpty
        }
    }

    /// Whether every member of the ring is up, has its disk, and knows that this is the ring: to lose one disk
    /// is then no more than the ring can bear. To lose a majority of them is to lose the ring, and while some
    /// know the ring before only, its majority counts too.
    private var isWhole: Bool {
        guard let ring = newestRing, ring.members.count >= 3 else { return false }
        return ring.members.allSatisfy {
            let machine = simulator[$0.node]
            return machine?.member == $0 && machine?.configuration == ring
        }
    }
}
