import Randomness
import Simulation
import StateMachines
import TestSupport
import Testing

@Suite struct RandomPlanTests {
    private static let nodes = (0..<5).map(NodeID.init(place:))
    private static let start = Moment(nanoseconds: 100 * ms)
    private static let end = Moment(nanoseconds: 1_100 * ms)

    private static func mix() -> FaultMix {
        var mix = FaultMix(
            interval: .milliseconds(10), duration: .milliseconds(2) ... .milliseconds(40),
            mostAway: 2)
        mix.clockJumps = 1
        mix.lostDisks = 1
        return mix
    }

    private static func plan(
        _ mix: FaultMix = mix(), of nodes: [NodeID] = nodes, seed: Int, bystanders: [NodeID] = []
    ) -> FaultPlan {
        FaultPlan.random(
            mix, of: nodes, seed: testSeed.derived(for: seed), from: start, to: end,
            bystanders: bystanders)
    }

    @Test func `a plan is valid, keeps its time, and repeats from its seed`() throws {
        for seed in 0..<testRounds(50) {
            let plan = Self.plan(seed: seed)
            try plan.validate(nodes: 5)
            #expect(plan.steps.allSatisfy { $0.moment >= Self.start && $0.moment <= Self.end })
            #expect(plan == Self.plan(seed: seed))
            #expect(plan != Self.plan(seed: seed + 1), "\(replay)")
        }
    }

    @Test func `every kind with a weight comes, and none without`() {
        func name(_ fault: Fault) -> String {
            String(fault.description.prefix { $0 != " " })
                + (fault.description.hasSuffix(" tears") ? " tears" : "")
                + (fault.description.hasSuffix(" loses") ? " loses" : "")
        }
        var names: Set<String> = []
        for seed in 0..<20 { names.formUnion(Self.plan(seed: seed).steps.map { name($0.fault) }) }
        #expect(
            names == [
                "crash", "crash tears", "crash loses", "restart", "freeze", "thaw", "partition",
                "block", "heal", "network", "fail-syncs", "stall", "mend", "clock",
            ], "\(replay)")
        var only = FaultMix(
            interval: .milliseconds(10), duration: .milliseconds(2) ... .milliseconds(40),
            mostAway: 2)
        (only.crashes, only.tornCrashes, only.partitions, only.bridges) = (0, 0, 0, 0)
        (only.blocks, only.storms, only.failedSyncs, only.stalls) = (0, 0, 0, 0)
        let names2 = Set(Self.plan(only, seed: 1).steps.map { name($0.fault) })
        #expect(names2 == ["freeze", "thaw"], "\(replay)")
        only.freezes = 0
        #expect(Self.plan(only, seed: 1).steps.isEmpty)
    }

    @Test func `no more nodes are away at once than the mix allows, and at the end none is`() {
        for seed in 0..<testRounds(50) {
            var away: Set<NodeID> = []
            var isCut = false
            var isStormy = false
            for step in Self.plan(seed: seed).steps {
                switch step.fault {
                case .crash(let node, _), .freeze(let node), .stall(let node),
                    .failSyncs(let node, _):
                    #expect(away.insert(node).inserted, "\(replay)")
                case .restart(let node), .thaw(let node), .mend(let node): away.remove(node)
                case .partition, .block:
                    #expect(!isCut, "\(replay)")
                    isCut = true
                case .heal: isCut = false
                case .network(let conditions): isStormy = conditions != NetworkConditions()
                case .link, .clock: break
                }
                #expect(away.count <= 2, "\(replay)")
            }
            #expect(away.isEmpty && !isCut && !isStormy, "\(replay)")
        }
    }

    @Test func `after a plan every node of a simulation runs and reaches every other`() {
        for seed in 0..<testRounds(20) {
            let cluster = Probes(5, seed: testSeed.derived(for: seed))
            cluster.schedule(Self.plan(seed: seed))
            for turn in 0..<100 { cluster.alarm(turn, at: Int64(turn) * 10 * ms) }
            while let occurrence = cluster.next(until: Self.end.nanoseconds) {
                // So that syncs that are to fail do.
                guard case .alarm(let turn, _) = occurrence else { continue }
                cluster.ask(.store([turn]), of: NodeID(place: turn % 5))
            }
            #expect(Self.nodes.allSatisfy(cluster.runs), "\(replay)")
            cluster.inflict(.network(.init()))
            for node in Self.nodes {
                for other in Self.nodes { cluster.ask(.send([1], to: other), of: node) }
            }
            let told = cluster.told(until: Self.end.nanoseconds + 100 * ms)
            let received = told.filter {
                if case .received(1, _, _) = $0.event { true } else { false }
            }
            #expect(received.count == 25, "\(replay)")
        }
    }

    @Test func `both sides of a cut have nodes, a bridge is in both, and bystanders everywhere`() {
        let clients = [NodeID(5), NodeID(6)]
        var bridges = 0
        for seed in 0..<testRounds(30) {
            for step in Self.plan(seed: seed, bystanders: clients).steps {
                switch step.fault {
                case .partition(let groups):
                    #expect(groups.count == 2)
                    #expect(groups.allSatisfy { Set($0).isSuperset(of: clients) }, "\(replay)")
                    let sides = groups.map { Set($0).subtracting(clients) }
                    #expect(sides.allSatisfy { !$0.isEmpty && $0.count < 5 }, "\(replay)")
                    #expect(sides[0].union(sides[1]) == Set(Self.nodes))
                    let shared = sides[0].intersection(sides[1]).count
                    #expect(shared <= 1)
                    bridges += shared
                case .crash(let node, _), .freeze(let node): #expect(!clients.contains(node))
                default: break
                }
            }
        }
        #expect(bridges > 0, "\(replay)")
    }

    @Test(arguments: 0...3)
    func `clusters too small for a kind of fault have plans without it`(count: Int) throws {
        let nodes = Array(Self.nodes.prefix(count))
        for seed in 0..<10 {
            let plan = Self.plan(of: nodes, seed: seed)
            try plan.validate(nodes: max(count, 1))
            #expect(plan.steps.isEmpty == (count == 0), "\(replay)")
        }
    }
}
