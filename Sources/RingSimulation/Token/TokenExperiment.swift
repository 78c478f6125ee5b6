import Checkers
public import Randomness
public import ShenRing
public import Simulation
public import StateMachines

/// A token ring under given conditions, for the figures that claims are held against.
///
/// A seed determines each run. Times are those of the simulation: with delays, costs and syncs measured on
/// a machine they predict that machine's.
public struct TokenExperiment: Sendable {
    /// Members of the ring.
    public var members: Int
    /// How the ring is run.
    public var settings: Cartouche.Settings
    /// What the network does; round trips are twice its delay.
    public var network: NetworkConditions
    /// What the disks do.
    public var disk = DiskConditions()
    /// What the clocks do; no more than `settings.drift` allows, unless that is what is tried.
    public var clocks = ClockConditions()
    /// What messages cost processors.
    public var costs = ProcessingCosts.none
    /// What applications do.
    public var load: TokenLoad
    /// How long the ring runs before it is measured, at most.
    public var warmUp = Span.seconds(1)
    /// How many rights end the warm-up where they are granted sooner; nil: its time alone does.
    ///
    /// What has to settle is who waits for whom, which takes some laps: on a fast network those are
    /// over in a small part of a time that suits a slow one.
    public var warmUpGrants: Int?
    /// How long it is measured.
    public var span = Span.seconds(5)

    /// An experiment with as many contenders as said, on a network with a constant delay.
    ///
    /// - Parameters:
    ///   - delay: how long a message takes, one way.
    ///   - hold: how long each keeps a right.
    public init(members: Int, contenders: Int, delay: Span, hold: Span) {
        precondition(members >= 1 && contenders <= members, "\(contenders) of \(members) contend")
        self.members = members
        network = NetworkConditions(delay: .constant(delay))
        load = TokenLoad(
            applications: contenders, holding: .constant(hold), writes: 1,
            delay: .constant(delay))
        settings = Cartouche.Settings()
        // Who waits for a busy lap is not to ask in vain meanwhile.
        let lap = (hold + delay) * Int64(contenders)
        settings.patience = max(settings.patience, lap * 3 / 2)
        settings.resend = max(settings.resend, delay * 4)
        settings.hold = max(settings.hold, hold * 2)
        settings.lease = max(settings.lease, max(settings.hold * 3, lap * 4))
    }

    /// The same ring run as the published design has it: the token goes round for ever, through every
    /// member, and whoever misses it for a second makes a new one without asking anybody.
    public func asPublished() -> TokenExperiment {
        var published = self
        published.settings.order = .visitsAll
        published.settings.idle = .circulates(.zero)
        published.settings.regeneration = .alone
        published.settings.patience = .seconds(1)
        published.warmUp = max(warmUp, .seconds(3))
        return published
    }

    /// What arithmetic says of the same ring, where delays and rights have a mean that is told.
    public func model(delay: Span, hold: Span) -> TokenModel {
        TokenModel(
            members: members, contenders: load.applications, delay: delay, hold: hold,
            settings: settings)
    }

    // MARK: What is measured

    /// Has contenders acquire and release the right.
    public func contend(seed: Seed) -> TokenFigures {
        var world = makeWorld(seed: seed)
        warm(&world)
        let before = (grants: world.ledger.waits.count, traffic: world.traffic)
        _ = world.run(until: world.simulator.now + span)
        let traffic = zip(world.traffic, before.traffic).map {
            (
                sent: $0.sent.messages - $1.sent.messages, bytes: $0.sent.bytes - $1.sent.bytes,
                all: $0.sent.messages + $0.received.messages - $1.sent.messages
                    - $1.received.messages
            )
        }
        var grants = Array(repeating: 0, count: load.applications)
        for node in world.ledger.grantees.dropFirst(before.grants) { grants[node.place] += 1 }
        let all = traffic.reduce(0) { $0 + $1.all }
        let most = traffic.map(\.all).max() ?? 0
        return TokenFigures(
            span: span, waits: Array(world.ledger.waits.dropFirst(before.grants)),
            unfinished: world.applications.compactMap { application in
                application.asked.map { world.simulator.now - $0 }
            },
            grants: grants,
            messages: traffic.reduce(0) { $0 + $1.sent },
            bytes: traffic.reduce(0) { $0 + $1.bytes },
            imbalance: all > 0 ? Double(most * traffic.count) / Double(all) : 1,
            violations: world.ledger.findings)
    }

    private func warm(_ world: inout TokenWorld) {
        let end = Moment(nanoseconds: 0) + warmUp
        let step = warmUpGrants == nil ? warmUp : max(warmUp / 1000, Span(nanoseconds: 1))
        while world.simulator.now < end,
            warmUpGrants.map({ world.ledger.waits.count < $0 }) ?? true
        {
            _ = world.run(until: min(end, world.simulator.now + step))
        }
    }

    /// Counts messages while nobody wants the token.
    public func idle(seed: Seed) -> TokenIdleFigures {
        var world = makeWorld(seed: seed)
        _ = world.run(until: Moment(nanoseconds: 0) + warmUp)
        world.isOpen = false
        _ = world.run(until: world.simulator.now + settings.patience * 2 + settings.lease)
        let before = (messages: world.messages, taken: world.taken)
        _ = world.run(until: world.simulator.now + span)
        let passes = world.taken - before.taken
        return TokenIdleFigures(
            messagesPerSecond: Double(world.messages - before.messages) / span.inSeconds,
            lap: passes > 0 ? span.scaled(by: Double(members) / Double(passes)) : nil)
    }

    /// Crashes the node that has the right, or the token, at a random moment, and watches until another
    /// is granted the right, within `span`, and for as long as members are patient after that: of two
    /// that make a new token at once, the second comes a little later.
    public func recovery(seed: Seed) -> TokenRecoveryFigures {
        var world = makeWorld(seed: seed)
        var draws = seed.derived(for: "crash").generator()
        let further = Span(nanoseconds: Int64(draws.next(below: 500_000_000)))
        _ = world.run(until: Moment(nanoseconds: 0) + warmUp + further)
        while world.holder == nil {
            _ = world.run(until: world.simulator.now + .microseconds(50))
        }
        guard let holder = world.holder else { preconditionFailure("nobody has the token") }
        let (crash, crashed) = (Fault.crash(holder), world.simulator.now)
        world.simulator.inflict(crash)
        world.befell(crash, at: crashed)
        let before = world.ledger
        while world.simulator.now < crashed + span, world.ledger.waits.count == before.waits.count {
            _ = world.run(until: world.simulator.now + .microseconds(200))
        }
        let granted = world.ledger.lastGrant.flatMap { $0 > crashed ? $0 : nil }
        _ = world.run(until: world.simulator.now + settings.patience)
        return TokenRecoveryFigures(
            time: granted.map { $0 - crashed },
            overlaps: world.ledger.overlaps - before.overlaps,
            epochsTwice: world.ledger.epochsTwice - before.epochsTwice,
            violations: world.ledger.findings)
    }

    func makeWorld(seed: Seed) -> TokenWorld {
        let settings = settings
        let founders: Cartouche.Configuration
        do throws(CartoucheError) {
            founders = try Cartouche.Configuration(
                founders: (0..<members).map(NodeID.init(place:)))
        } catch { preconditionFailure("\(error)") }
        let simulator = Simulator<Cartouche>(
            nodes: members, seed: seed.derived(for: "simulator"), network: network, disk: disk,
            clocks: clocks, costs: costs, size: { $0.content.size }
        ) { node, recovered, seed in
            Cartouche(node: node, settings: settings, recovered: recovered, seed: seed)
        }
        return TokenWorld(
            simulator: simulator, founders: founders, load: load,
            seed: seed.derived(for: "load"),
            promises: settings.regeneration == .majority ? .all : [])
    }
}

extension TokenWorld {
    fileprivate var traffic: [Traffic] {
        (0..<simulator.nodeCount).map { simulator.traffic(of: NodeID(place: $0)) }
    }

    fileprivate var messages: Int { traffic.reduce(0) { $0 + $1.sent.messages } }

    /// How often a token was taken over, by anybody.
    fileprivate var taken: Int { machines.reduce(0) { $0 + $1.statistics.taken } }

    /// Who has the right, or at least the token.
    var holder: NodeID? { machines.first { $0.heldToken != nil }?.node }

    /// How many tokens there are, held or on their way.
    var tokens: Int {
        machines.count { machine in
            guard let passed = machine.passedToken, let receiver = machine.passedTo else {
                return machine.heldToken != nil
            }
            // It may have arrived, though this node has not heard of it.
            return simulator[receiver].map { $0.lastToken < passed } ?? false
        }
    }
}
