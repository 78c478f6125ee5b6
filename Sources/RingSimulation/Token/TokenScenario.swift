public import Randomness
public import ShenRing
import Simulation
import StateMachines

/// Token rings under faults: nodes that crash with the token, freeze for longer than a lease, lose their
/// disks, join and leave; partitions; a network that loses and doubles; clocks that drift as far as
/// allowed.
///
/// For two seconds all that happens. Then it is calm for most of a second, in which every node has to get the right again and
/// again, and no token may be lost any more. Then nobody asks, and one token has to be left, at rest, with no
/// message sent.
public enum TokenScenario: Scenario {
    /// `token`.
    public static let name = "token"

    /// Until when there are faults, until when applications ask, and the end.
    private static let faulty = Moment(nanoseconds: 2_000_000_000)
    private static let settled = faulty + .milliseconds(400)
    private static let asking = settled + .milliseconds(400)
    private static let quiet = asking + .milliseconds(300)
    private static let end = quiet + .milliseconds(200)

    /// How long nobody may wait in the calm: a lease, a round of asking, and the others' turns.
    private static let longestWait = Span.milliseconds(150)

    /// Runs a ring of a shape, a load and faults that the seed determines.
    ///
    /// - Precondition: a mistake is planted in builds with `PLANTED_DEFECTS` only.
    public static func run(seed: Seed, planted: CartoucheMistake?) -> ScenarioReport {
        var world = makeWorld(seed: seed, planted: planted)
        schedule(seed: seed, in: &world)
        _ = world.run(until: faulty)
        world.mayLoseDisks = false
        _ = world.run(until: settled)
        let before = world.ledger.mints.count
        _ = world.run(until: asking)
        checkProgress(of: &world, mintsBefore: before)
        world.isOpen = false
        _ = world.run(until: quiet)
        let sent = messages(in: world)
        _ = world.run(until: end)
        checkRest(of: &world, sentBefore: sent)
        return ScenarioReport(
            operations: world.ledger.waits.count, faults: world.faults,
            simulated: end - Moment(nanoseconds: 0), trace: world.simulator.trace.value,
            violations: world.ledger.findings)
    }

    private static func makeWorld(seed: Seed, planted: CartoucheMistake?) -> TokenWorld {
        var draws = seed.derived(for: "shape").generator()
        let (nodes, members) = [(5, 3), (6, 5), (7, 5), (7, 7)][Int(draws.next(below: 4))]
        let settings = settings(nodes: nodes, planted: planted, &draws)
        let founders = founders(members)
        let simulator = Simulator<Cartouche>(
            nodes: nodes, seed: seed.derived(for: "simulator"), network: network,
            disk: DiskConditions(sync: .uniform(.microseconds(100), .milliseconds(3))),
            clocks: ClockConditions(offset: .seconds(5), drift: settings.drift)
        ) { node, recovered, seed in
            Cartouche(node: node, settings: settings, recovered: recovered, seed: seed)
        }
        // From a ring that is never at rest to one that is for half of the time.
        let thinking = Span.microseconds(Int64(members) * Int64(500 + draws.next(below: 2_000)))
        let load = TokenLoad(
            applications: nodes,
            thinking: .exponential(mean: thinking),
            holding: .exponential(mean: .milliseconds(1)), writes: 2, late: 0.02)
        var world = TokenWorld(
            simulator: simulator, founders: founders, load: load,
            seed: seed.derived(for: "load"))
        world.resource.planted = Planted(planted)
        return world
    }

    private static func founders(_ count: Int) -> Cartouche.Configuration {
        do throws(CartoucheError) {
            return try Cartouche.Configuration(founders: (0..<count).map(NodeID.init(place:)))
        } catch { preconditionFailure("\(error)") }
    }

    private static func settings(
        nodes: Int, planted: CartoucheMistake?, _ draws: inout Xoshiro256StarStar
    ) -> Cartouche.Settings {
        var settings = Cartouche.Settings()
        settings.ring = 7
        settings.hold = .milliseconds(10)
        settings.leastHold = .milliseconds(2)
        settings.lease = .milliseconds(60)
        settings.drift = 0.01
        settings.resend = .milliseconds(2)
        settings.patience = .milliseconds(draws.next(below: 2) == 0 ? 25 : 40)
        settings.order = draws.next(below: 4) == 0 ? .visitsAll : .skipsIdle
        settings.contacts = (0..<nodes).map(NodeID.init(place:))
        settings.planted = Planted(planted)
        return settings
    }

    private static let network = NetworkConditions(
        delay: .exponential(above: .microseconds(100), mean: .microseconds(200)),
        loss: 0.002, duplication: 0.03, reordering: 0.03,
        lateness: .exponential(mean: .milliseconds(10)))

    /// Faults of all kinds, and changes of the ring.
    private static func schedule(seed: Seed, in world: inout TokenWorld) {
        let count = world.simulator.nodeCount
        let nodes = (0..<count).map(NodeID.init(place:))
        var mix = FaultMix(
            interval: .milliseconds(45), duration: .milliseconds(10) ... .milliseconds(200),
            mostAway: max(1, (count - 1) / 2))
        mix.freezes = 4
        mix.partitions = 3
        let plan = FaultPlan.random(
            mix, of: nodes, seed: seed.derived(for: "faults"),
            from: Moment(nanoseconds: 50_000_000), to: faulty, calm: network)
        world.simulator.schedule(plan)
        var draws = seed.derived(for: "operator").generator()
        for _ in 0..<16 {
            let moment = Moment(
                nanoseconds: 50_000_000 + Int64(draws.next(below: 1_900_000_000)))
            world.set(.operate(operation(among: nodes, &draws)), at: moment)
        }
        for _ in 0..<14 {
            let moment = Moment(
                nanoseconds: 50_000_000 + Int64(draws.next(below: 1_600_000_000)))
            let strike = TokenOperation.strike(
                strike(&draws), until: moment + .milliseconds(50))
            world.set(.operate(strike), at: moment)
        }
        world.set(.operate(.gather(every: .milliseconds(50), until: settled)), at: faulty)
    }

    /// What an operator may do.
    private static func operation(
        among nodes: [NodeID], _ draws: inout Xoshiro256StarStar
    ) -> TokenOperation {
        let node = nodes[Int(draws.next(below: UInt64(nodes.count)))]
        let other = nodes[Int(draws.next(below: UInt64(nodes.count)))]
        let span = Span.milliseconds(5 + Int64(draws.next(below: 60)))
        return switch draws.next(below: 6) {
        case 0, 1: .remove(node, asking: other)
        case 2: .loseDisk(node, downFor: span)
        default: .join(node)
        }
    }

    /// What is worst for a holder: to be away for about as long as its lease, in each of the ways.
    private static func strike(_ draws: inout Xoshiro256StarStar) -> TokenStrike {
        func span(_ least: Int64, _ most: Int64) -> Span {
            .microseconds(least + Int64(draws.next(below: UInt64(most - least))))
        }
        let away = span(60_000, 130_000)
        return switch draws.next(below: 9) {
        case 0: .isolate(away)
        case 1: .crash(span(300, 5_000))
        case 2: .blackout(span(300, 3_000), cutOff: away)
        case 3: .forget(span(300, 5_000))
        case 4, 5: .tear(span(300, 1_000), cutOff: span(2_000, 6_000))
        default: .pause(span(15_000, 38_000), cutOff: away)
        }
    }

    /// In the calm, everybody is on the ring and gets the right, and no token is lost.
    private static func checkProgress(of world: inout TokenWorld, mintsBefore: Int) {
        let mints = world.ledger.mints.count - mintsBefore
        if mints > 0 { world.ledger.violate("\(mints) tokens were minted while nothing failed") }
        for place in 0..<world.simulator.nodeCount {
            let node = NodeID(place: place)
            if world.simulator[node]?.isMember != true {
                world.ledger.violate("\(node) has not got on the ring again")
            }
            let application = world.applications[place]
            let since = application.asked ?? world.simulator.now
            if world.simulator.now - since > longestWait {
                world.ledger.violate("\(node) waits since \(since) for the right")
            }
            if application.lastGrant ?? Moment(nanoseconds: 0) < settled {
                world.ledger.violate("\(node) was not granted the right while nothing failed")
            }
        }
    }

    private static func messages(in world: TokenWorld) -> Int {
        (0..<world.simulator.nodeCount).reduce(0) {
            $0 + world.simulator.traffic(of: NodeID(place: $1)).sent.messages
        }
    }

    /// When nobody asks any more, one token is left, and nothing is sent.
    private static func checkRest(of world: inout TokenWorld, sentBefore: Int) {
        let sent = messages(in: world) - sentBefore
        if sent > 0 { world.ledger.violate("\(sent) messages were sent while nobody asked") }
        let held = world.machines.compactMap(\.heldToken)
        let passed = world.machines.compactMap(\.passedToken)
        if held.count != 1 || !passed.isEmpty {
            world.ledger.violate("tokens at the end: \(held) held, \(passed) passed")
        }
    }
}
