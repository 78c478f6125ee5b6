import Randomness
import Simulation
import StateMachines

/// A machine that does what it is asked for, and tells everything that it is handed.
struct Probe: StateMachine {
    typealias Message = Int
    typealias Record = Int

    enum Request: Sendable {
        /// Sends each of these numbers to the node.
        case send([Int], to: NodeID)
        /// Stores each of these numbers.
        case store([Int])
        /// Wants to be woken after this span of its own clock; nil: not at all.
        case wake(after: Span?)
        /// Tells this number.
        case tell(Int)
    }

    enum Event: Hashable, Sendable {
        case started(recovered: [Int], Moment)
        case received(Int, from: NodeID, Moment)
        case stored(RecordPosition, Moment)
        case woken(Moment)
        case asked(Int, Moment)
    }

    let recovered: [Int]
    /// What it was made with: each life has its own.
    let seed: Seed
    var deadline: Moment?
    /// Sends numbers above zero back, one less.
    var bounces = false

    init(_ recovered: [Int], _ seed: Seed, bounces: Bool = false) {
        self.recovered = recovered
        self.seed = seed
        self.bounces = bounces
    }

    mutating func start(at now: Moment, into effects: inout Effects<Self>) {
        effects.report(.started(recovered: recovered, now))
    }

    mutating func receive(
        _ message: Int, from sender: NodeID, at now: Moment, into effects: inout Effects<Self>
    ) {
        effects.report(.received(message, from: sender, now))
        if bounces && message > 0 { effects.send(message - 1, to: sender) }
    }

    mutating func handle(_ request: Request, at now: Moment, into effects: inout Effects<Self>) {
        switch request {
        case .send(let numbers, let receiver):
            for number in numbers { effects.send(number, to: receiver) }
        case .store(let numbers):
            for number in numbers { effects.store(number) }
        case .wake(let span):
            deadline = span.map { now + $0 }
        case .tell(let number):
            effects.report(.asked(number, now))
        }
    }

    mutating func wake(at now: Moment, into effects: inout Effects<Self>) {
        deadline = nil
        effects.report(.woken(now))
    }

    mutating func stored(
        through position: RecordPosition, at now: Moment, into effects: inout Effects<Self>
    ) {
        effects.report(.stored(position, now))
    }
}

/// Something told, without what does not compare.
struct Told: Hashable {
    let event: Probe.Event
    let node: NodeID
    let moment: Moment
}

/// A simulated cluster of probes, by reference: an expectation may then have something happen in it.
@dynamicMemberLookup
final class Probes {
    var simulator: Simulator<Probe>

    /// Where a message takes a millisecond, and a sync as long. What nodes tell at their start is not
    /// told again.
    init(
        _ nodes: Int, seed: Seed = Seed(1),
        network: NetworkConditions = .init(delay: .constant(.milliseconds(1))),
        disk: DiskConditions = .init(sync: .constant(.milliseconds(1))),
        clocks: ClockConditions = .init(), costs: ProcessingCosts = .none,
        starting: [NodeID]? = nil, bounces: Bool = false,
        size: @escaping @Sendable (Int) -> Int = { _ in 64 }
    ) {
        simulator = Simulator<Probe>(
            nodes: nodes, seed: seed, network: network, disk: disk, clocks: clocks, costs: costs,
            starting: starting, size: size
        ) { Probe($1, $2, bounces: bounces) }
        _ = told(until: 0)
    }

    subscript<Value>(dynamicMember member: KeyPath<Simulator<Probe>, Value>) -> Value {
        simulator[keyPath: member]
    }

    subscript(node: NodeID) -> Probe? { simulator[node] }

    @discardableResult
    func ask(_ request: Probe.Request, of node: NodeID) -> Bool {
        simulator.ask(request, of: node)
    }

    @discardableResult
    func inflict(_ fault: Fault) -> Bool { simulator.inflict(fault) }

    func schedule(_ fault: Fault, at moment: Int64) {
        simulator.schedule(fault, at: Moment(nanoseconds: moment))
    }

    func schedule(_ plan: FaultPlan) { simulator.schedule(plan) }

    func alarm(_ token: Int, at moment: Int64) {
        simulator.alarm(token, at: Moment(nanoseconds: moment))
    }

    func next(until end: Int64) -> Occurrence<Probe>? {
        simulator.next(until: Moment(nanoseconds: end))
    }

    func runs(_ node: NodeID) -> Bool { simulator.runs(node) }
    func isDown(_ node: NodeID) -> Bool { simulator.isDown(node) }
    func clock(of node: NodeID) -> Moment? { simulator.clock(of: node) }
    func traffic(of node: NodeID) -> Traffic { simulator.traffic(of: node) }
    func durable(on node: NodeID) -> [Int] { simulator.durable(on: node) }

    /// Runs up to a moment in nanoseconds, and gives the events that nodes told.
    func told(until end: Int64) -> [Told] {
        var told: [Told] = []
        while let occurrence = next(until: end) {
            if case .event(let event, let node, let moment) = occurrence {
                told.append(Told(event: event, node: node, moment: moment))
            }
        }
        return told
    }

    /// Runs up to a moment in nanoseconds, and gives what a node received, with the moments in
    /// nanoseconds.
    func received(by node: NodeID, until end: Int64) -> [(number: Int, at: Int64)] {
        told(until: end).compactMap { told in
            guard told.node == node, case .received(let number, _, _) = told.event else {
                return nil
            }
            return (number, told.moment.nanoseconds)
        }
    }

    /// Runs up to a moment in nanoseconds, and gives the faults that were told.
    func faults(until end: Int64) -> [Fault] {
        var faults: [Fault] = []
        while let occurrence = next(until: end) {
            if case .fault(let fault, _) = occurrence { faults.append(fault) }
        }
        return faults
    }
}

let n0 = NodeID(0)
let n1 = NodeID(1)
let n2 = NodeID(2)
let n3 = NodeID(3)
/// A millisecond in nanoseconds.
let ms: Int64 = 1_000_000

/// Whether a share of so many draws is within four standard deviations of its expectation.
func isNear(_ share: Double, _ expected: Double, of draws: Int) -> Bool {
    let deviation = (expected * (1 - expected) / Double(draws)).squareRoot()
    return abs(share - expected) <= 4 * deviation
}
