public import Randomness
import ShenRing
import Simulation
public import StateMachines

/// What can befall a token ring as far as mutual exclusion is concerned.
public enum TokenFault: String, CaseIterable, Sendable {
    /// Nothing.
    case none
    /// Who has the token is frozen for a time, and then goes on where it was.
    case pause
    /// Who has the token crashes, and starts again after a time from what its disk holds.
    case crash
    /// The first nodes, fewer than half, are split from the others for a time.
    case partition
}

/// What begins and ends, and whom it sets apart from the others.
private struct TokenDisturbance {
    var beginning: [Fault] = []
    var ending: [Fault] = []
    var apart: [NodeID] = []
}

extension TokenExperiment {
    /// Has a fault befall a ring for a time, lets it go on for `span`, and then has nobody ask any more. The
    /// resource is reached from everywhere throughout.
    ///
    /// - Precondition: a ring that is to be split has at least three members.
    public func befall(_ fault: TokenFault, for time: Span, seed: Seed) -> TokenPartitionFigures {
        switch fault {
        case .none: return befall(for: time, seed: seed) { _ in TokenDisturbance() }
        case .partition: return partition(for: time, seed: seed)
        case .pause, .crash: break
        }
        return befall(for: time, seed: seed) { world in
            while world.holder == nil {
                _ = world.run(until: world.simulator.now + .microseconds(50))
            }
            guard let holder = world.holder else { preconditionFailure("nobody has the token") }
            var disturbance = TokenDisturbance(apart: [holder])
            if fault == .pause {
                (disturbance.beginning, disturbance.ending) = ([.freeze(holder)], [.thaw(holder)])
            } else {
                (disturbance.beginning, disturbance.ending) = (
                    [.crash(holder)], [.restart(holder)]
                )
            }
            return disturbance
        }
    }

    /// Splits the ring for a time into its first nodes, fewer than half, and the others. The resource is
    /// reached from both sides.
    ///
    /// - Parameter leap: by how much the clocks of all but the holder leap ahead when it is cut off alone,
    ///   against what leases assume; nil for a split by numbers, without leaps.
    public func partition(
        for split: Span, seed: Seed, leap: Span? = nil
    ) -> TokenPartitionFigures {
        precondition(members >= 3, "\(members) members cannot be split into fewer and more")
        return befall(for: split, seed: seed) { world in
            let nodes = (0..<members).map(NodeID.init(place:))
            var apart = Array(nodes[..<((members - 1) / 2)])
            if leap != nil, let holder = world.holder { apart = [holder] }
            let others = nodes.filter { !apart.contains($0) }
            var disturbance = TokenDisturbance(ending: [.heal], apart: apart)
            disturbance.beginning = [.partition([apart, others])]
            if let leap { disturbance.beginning += others.map { .clock($0, jump: leap) } }
            return disturbance
        }
    }

    /// Has faults begin when a ring has warmed up, and end after a time.
    private func befall(
        for time: Span, seed: Seed,
        by disturb: (inout TokenWorld) -> TokenDisturbance
    ) -> TokenPartitionFigures {
        var world = makeWorld(seed: seed)
        _ = world.run(until: Moment(nanoseconds: 0) + warmUp)
        let disturbance = disturb(&world)
        world.inflict(disturbance.beginning)
        let before = world.ledger
        _ = world.run(until: world.simulator.now + time)
        let grantees = world.ledger.grantees.dropFirst(before.grantees.count)
        let grants = grantees.count { disturbance.apart.contains($0) }
        world.inflict(disturbance.ending)
        _ = world.run(until: world.simulator.now + span)
        world.isOpen = false
        _ = world.run(until: world.simulator.now + settings.patience * 4 + settings.lease)
        return TokenPartitionFigures(
            grantsOfFewer: grants, grantsOfMore: grantees.count - grants,
            overlaps: world.ledger.overlaps - before.overlaps,
            holders: world.ledger.mostOpen,
            epochsTwice: world.ledger.epochsTwice - before.epochsTwice,
            disorders: world.ledger.disorders - before.disorders,
            lostWrites: world.ledger.refusedInTime - before.refusedInTime,
            accepted: world.ledger.accepted - before.accepted, tokensLeft: world.tokens,
            violations: world.ledger.findings)
    }
}

extension TokenWorld {
    /// Has faults begin now.
    fileprivate mutating func inflict(_ faults: [Fault]) {
        for fault in faults {
            simulator.inflict(fault)
            befell(fault, at: simulator.now)
        }
    }
}
