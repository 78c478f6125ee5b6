public import Randomness
public import StateMachines

extension FaultPlan {
    /// A plan drawn from a seed: the same arguments give the same plan.
    ///
    /// - Parameters:
    ///   - nodes: those that faults befall; partitions and blocks are among them.
    ///   - mix: what there is to draw; `FaultMix.validate` finds nothing wrong with it.
    ///   - start: before it nothing happens.
    ///   - end: at it the last fault has ended.
    ///   - calm: what the network is, but for storms.
    ///   - storm: what it is in a storm; nil: `calm` with a tenth lost, a tenth doubled and half late.
    ///   - bystanders: nodes that no fault befalls and that every group of a partition holds, such as
    ///     clients; a block does not touch them.
    public static func random(
        _ mix: FaultMix, of nodes: [NodeID], seed: Seed, from start: Moment, to end: Moment,
        calm: NetworkConditions = .init(), storm: NetworkConditions? = nil,
        bystanders: [NodeID] = []
    ) -> FaultPlan {
        precondition(start <= end, "a plan from \(start) to \(end)")
        do throws(SimulationProblem) {
            try mix.validate()
        } catch { preconditionFailure("\(error)") }
        var drawing = PlanDrawing(
            mix, nodes: nodes, bystanders: bystanders, end: end, seed: seed, calm: calm,
            storm: storm ?? calm.stormy)
        drawing.fill(from: start)
        return drawing.plan
    }
}

extension NetworkConditions {
    /// The same with a tenth of all messages lost, a tenth doubled, and half of them late.
    public var stormy: NetworkConditions {
        var stormy = self
        stormy.loss = max(loss, 0.1)
        stormy.duplication = max(duplication, 0.1)
        stormy.reordering = max(reordering, 0.5)
        return stormy
    }
}

/// A plan that is being drawn.
private struct PlanDrawing {
    private let mix: FaultMix
    private let nodes: [NodeID]
    private let bystanders: [NodeID]
    private let end: Moment
    private let calm: NetworkConditions
    private let storm: NetworkConditions
    private var generator: Xoshiro256StarStar
    /// Until when each node is away, by place in `nodes`.
    private var away: [Moment]
    /// Until when links are cut, and until when the network is stormy.
    private var cutUntil: Moment
    private var stormUntil: Moment
    private(set) var plan = FaultPlan()

    init(
        _ mix: FaultMix, nodes: [NodeID], bystanders: [NodeID], end: Moment, seed: Seed,
        calm: NetworkConditions, storm: NetworkConditions
    ) {
        (self.mix, self.nodes, self.bystanders, self.end) = (mix, nodes, bystanders, end)
        (self.calm, self.storm) = (calm, storm)
        generator = seed.generator()
        let before = Moment(nanoseconds: .min)
        away = Array(repeating: before, count: nodes.count)
        cutUntil = before
        stormUntil = before
    }

    mutating func fill(from start: Moment) {
        let kinds = mix.weights.filter { $0.weight > 0 && nodes.count >= $0.kind.nodes }
        let total = kinds.reduce(0) { $0 + $1.weight }
        guard total > 0 else { return }
        let gaps = DelayDistribution.exponential(mean: mix.interval)
        var moment = start + gaps.next(using: &generator)
        while moment < end {
            var rest = generator.nextUnit() * total
            // Rounding may leave a little of the rest after the last: then it is the last.
            let drawn = kinds.first { candidate in
                rest -= candidate.weight
                return rest < 0
            }
            add((drawn ?? kinds[kinds.count - 1]).kind, at: moment)
            moment = moment + gaps.next(using: &generator)
        }
    }

    /// Adds a fault and its end; none where as many nodes are away already, or links are cut, as may be.
    private mutating func add(_ kind: FaultMix.Kind, at moment: Moment) {
        let most = mix.duration.upperBound.nanoseconds - mix.duration.lowerBound.nanoseconds
        let lasting =
            mix.duration.lowerBound.nanoseconds + Int64(generator.next(below: UInt64(most) + 1))
        let until = min(moment + Span(nanoseconds: lasting), end)
        switch kind {
        case .crash: befall(moment, until, { .crash($0) }, { .restart($0) })
        case .tornCrash: befall(moment, until, { .crash($0, disk: .tears) }, { .restart($0) })
        case .lostDisk: befall(moment, until, { .crash($0, disk: .loses) }, { .restart($0) })
        case .freeze: befall(moment, until, { .freeze($0) }, { .thaw($0) })
        case .stall: befall(moment, until, { .stall($0) }, { .mend($0) })
        case .failedSync: failSync(moment, until)
        case .partition: cut(moment, until) { .partition($0.halves()) }
        case .bridge: cut(moment, until) { .partition($0.bridged()) }
        case .block: cut(moment, until) { $0.blocked() }
        case .storm: blow(moment, until)
        case .clockJump:
            let node = nodes[Int(generator.next(below: UInt64(nodes.count)))]
            plan.add(.clock(node, jump: Span(nanoseconds: max(lasting, 1))), at: moment)
        }
    }

    /// A node that is not away, which then is; nil where enough are.
    private mutating func takeAway(_ moment: Moment, _ until: Moment) -> NodeID? {
        let free = away.indices.filter { away[$0] < moment }
        guard nodes.count - free.count < mix.mostAway, !free.isEmpty else { return nil }
        let place = free[Int(generator.next(below: UInt64(free.count)))]
        away[place] = until
        return nodes[place]
    }

    private mutating func befall(
        _ moment: Moment, _ until: Moment, _ begin: (NodeID) -> Fault, _ finish: (NodeID) -> Fault
    ) {
        guard let node = takeAway(moment, until) else { return }
        plan.add(begin(node), at: moment)
        plan.add(finish(node), at: until)
    }

    /// Nobody knows when the sync comes that fails: it may be after the time is over, so the disk is
    /// mended then, and the node restarted where it went down.
    private mutating func failSync(_ moment: Moment, _ until: Moment) {
        guard let node = takeAway(moment, until) else { return }
        plan.add(.failSyncs(node), at: moment)
        plan.add(.mend(node), at: until)
        plan.add(.restart(node), at: until)
    }

    private mutating func cut(
        _ moment: Moment, _ until: Moment, _ begin: (inout PlanDrawing) -> Fault
    ) {
        guard cutUntil < moment else { return }
        cutUntil = until
        plan.add(begin(&self), at: moment)
        plan.add(.heal, at: until)
    }

    /// Two groups, neither of them empty; bystanders are in both.
    private mutating func halves() -> [[NodeID]] {
        let order = nodes.shuffled(by: &generator)
        let size = 1 + Int(generator.next(below: UInt64(order.count - 1)))
        return [bystanders + order[..<size], bystanders + order[size...]]
    }

    /// Two groups that share one node.
    private mutating func bridged() -> [[NodeID]] {
        let order = nodes.shuffled(by: &generator)
        let bridge = 1 + Int(generator.next(below: UInt64(order.count - 2)))
        return [bystanders + order[...bridge], bystanders + order[bridge...]]
    }

    private mutating func blocked() -> Fault {
        let order = nodes.shuffled(by: &generator)
        return .block(from: order[0], to: order[1])
    }

    private mutating func blow(_ moment: Moment, _ until: Moment) {
        guard stormUntil < moment else { return }
        stormUntil = until
        plan.add(.network(storm), at: moment)
        plan.add(.network(calm), at: until)
    }
}
