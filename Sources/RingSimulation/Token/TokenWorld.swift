import Checkers
import Randomness
import ShenRing
import Simulation
import StateMachines

/// A token ring with applications on its nodes, the resource that it guards, and an operator.
struct TokenWorld {
    var simulator: Simulator<Cartouche>
    let load: TokenLoad
    var ledger: TokenLedger
    var resource = FencedResource()
    var applications: [TokenApplication]
    /// Whether applications ask for the right.
    var isOpen = true
    /// Faults that applied.
    var faults = 0
    /// The same with what ended them, and when.
    private(set) var befallen: [BefallenFault] = []
    /// Whether operations may still be done that take disks away.
    var mayLoseDisks = true

    private var generator: Xoshiro256StarStar
    private var alarms: [TokenAlarm] = []
    private var free: [Int] = []

    /// A world in which the founders are told of the ring, and applications begin to ask.
    init(
        simulator: Simulator<Cartouche>, founders: Configuration, load: TokenLoad, seed: Seed,
        promises: ExclusionChecker.Promises = .all
    ) {
        self.simulator = simulator
        self.load = load
        ledger = TokenLedger(promises: promises)
        applications = Array(repeating: TokenApplication(), count: simulator.nodeCount)
        generator = seed.generator()
        for member in founders.members { self.simulator.ask(.found(founders), of: member.node) }
        for place in 0..<load.applications { think(NodeID(place: place)) }
    }

    typealias Configuration = Cartouche.Configuration

    /// Goes on to a moment, or to the next mark.
    ///
    /// - Returns: whether it came to a mark.
    mutating func run(until end: Moment) -> Bool {
        while let occurrence = simulator.next(until: end) {
            switch occurrence {
            case .event(let event, let node, let now): told(event, by: node, at: now)
            case .fault(let fault, let now): befell(fault, at: now)
            case .alarm(let token, _):
                let alarm = alarms[token]
                free.append(token)
                if case .mark = alarm { return true }
                come(alarm)
            }
        }
        return false
    }

    mutating func set(_ alarm: TokenAlarm, after span: Span) {
        set(alarm, at: simulator.now + span)
    }

    mutating func set(_ alarm: TokenAlarm, at moment: Moment) {
        let token = free.popLast() ?? alarms.count
        if token == alarms.count { alarms.append(alarm) } else { alarms[token] = alarm }
        simulator.alarm(token, at: moment)
    }

    // MARK: What nodes tell

    private mutating func told(_ event: Cartouche.Event, by node: NodeID, at now: Moment) {
        switch event {
        case .granted(let grant): granted(grant, to: node, at: now)
        case .ended(let grant):
            // After a freeze it may be told of the end when it has given the right back already.
            guard let use = applications[node.place].use, use.grant == grant else { return }
            ledger.ended(grant, of: node, clock: simulator.clock(of: node), at: now)
            applications[node.place].use = nil
            think(node)
        case .minted(let epoch): ledger.minted(epoch, by: node, at: now)
        case .left(let waiting):
            if !waiting.isEmpty { askLater(node) }
        case .refused(.acquire): askLater(node)
        case .ringChanged, .refused: break
        }
    }

    private mutating func granted(_ grant: Cartouche.Grant, to node: NodeID, at now: Moment) {
        let place = node.place
        closeRightsThatAreOver(at: now)
        ledger.granted(grant, to: node, clock: simulator.clock(of: node), at: now)
        guard let asked = applications[place].asked, grant.ticket == applications[place].ticket
        else { return ledger.violate("\(node) was granted \(grant.number) without asking") }
        ledger.waits.append(now - asked)
        ledger.grantees.append(node)
        applications[place].asked = nil
        applications[place].lastGrant = now
        applications[place].generation += 1
        applications[place].use = TokenApplication.Use(
            grant: grant, began: now, writes: load.writes)
        let generation = applications[place].generation
        let hold = load.holding.next(using: &generator)
        for number in 0..<load.writes {
            set(
                .write(node, generation: generation),
                after: hold * Int64(number) / Int64(max(load.writes, 1)))
        }
        set(.release(node, generation: generation), after: hold)
    }

    /// Rights end when their holders' own clocks say so, whether or not the holders notice.
    private mutating func closeRightsThatAreOver(at now: Moment) {
        for right in ledger.open {
            guard let clock = simulator.clock(of: right.node), clock >= right.grant.until else {
                continue
            }
            ledger.closed(right, at: now)
        }
    }

    // MARK: What applications do

    private mutating func think(_ node: NodeID) {
        guard node.place < load.applications else { return }
        set(
            .ask(node, generation: applications[node.place].generation),
            after: load.thinking.next(using: &generator))
    }

    private mutating func come(_ alarm: TokenAlarm) {
        switch alarm {
        case .ask(let node, let generation):
            guard isCurrent(generation, on: node, alarm) else { return }
            ask(node)
        case .write(let node, let generation):
            guard isCurrent(generation, on: node, alarm) else { return }
            write(node)
        case .release(let node, let generation):
            guard isCurrent(generation, on: node, alarm) else { return }
            release(node)
        case .arrival(let number, let node, let right):
            let answer = resource.write(under: number)
            ledger.wrote(under: number, from: node, right: right, answer, at: simulator.now)
        case .operate(let operation):
            operate(operation)
        case .mark: break
        }
    }

    /// Whether an alarm is still meant; one that comes to a frozen node waits until it thaws.
    private mutating func isCurrent(
        _ generation: Int, on node: NodeID, _ alarm: TokenAlarm
    ) -> Bool {
        guard applications[node.place].generation == generation, !simulator.isDown(node) else {
            return false
        }
        guard simulator.runs(node) else {
            applications[node.place].postponed.append(alarm)
            return false
        }
        return true
    }

    private mutating func ask(_ node: NodeID) {
        let place = node.place
        guard applications[place].asked == nil, applications[place].use == nil, isOpen else {
            return
        }
        guard simulator[node]?.isMember ?? false else { return askLater(node) }
        applications[place].ticket += 1
        applications[place].asked = simulator.now
        simulator.ask(.acquire(applications[place].ticket), of: node)
    }

    /// The node is not on the ring now.
    private mutating func askLater(_ node: NodeID) {
        applications[node.place].asked = nil
        set(
            .ask(node, generation: applications[node.place].generation),
            after: .milliseconds(10))
    }

    /// An application looks at its clock, and writes where its right has not ended. What happens between the
    /// look and the arrival is beyond it.
    private mutating func write(_ node: NodeID) {
        guard let use = applications[node.place].use, let clock = simulator.clock(of: node),
            clock < use.grant.until
        else { return }
        var delay = load.delay.next(using: &generator)
        if load.late > 0, generator.nextUnit() < load.late {
            delay = delay + load.lateness.next(using: &generator)
        }
        let right = ledger.number(of: use.grant, of: node)
        set(.arrival(use.grant.number, node, ofRight: right), after: delay)
    }

    private mutating func release(_ node: NodeID) {
        guard let use = applications[node.place].use else { return }
        applications[node.place].use = nil
        closeRightsThatAreOver(at: simulator.now)
        ledger.released(use.grant, of: node, at: simulator.now)
        simulator.ask(.release(use.grant.number), of: node)
        think(node)
    }

    // MARK: Faults

    mutating func befell(_ fault: Fault, at now: Moment) {
        befallen.append(BefallenFault(fault: fault, at: now))
        switch fault {
        case .crash(let node, _):
            faults += 1
            ledger.stopped(node, at: now)
            applications[node.place].use = nil
            applications[node.place].asked = nil
            applications[node.place].postponed = []
            applications[node.place].generation += 1
        case .restart(let node):
            think(node)
        case .thaw(let node):
            let postponed = applications[node.place].postponed
            applications[node.place].postponed = []
            for alarm in postponed { come(alarm) }
        case .heal, .network, .mend: break
        default: faults += 1
        }
    }
}
