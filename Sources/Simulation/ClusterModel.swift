import Randomness
import StateMachines

/// Everything of a simulated cluster but its machines and what they say: time, events, network,
/// processors and disks, by number and size.
///
/// It is apart from `Simulator`, which holds machines, messages and records, so that what takes most of
/// the time is compiled once and not for every machine; messages are known here by slot.
@usableFromInline
struct ClusterModel {
    /// A message under way.
    struct Flight {
        var sender: UInt32
        var bytes: UInt32
    }

    /// What the simulator is to do next.
    @usableFromInline
    enum Handover {
        /// Hand the message in the slot, which is free then, to the node.
        case message(slot: UInt32, from: NodeID, to: Int)
        /// Hand the request in the slot to the node.
        case request(slot: UInt32, to: Int)
        /// Wake the node.
        case wake(Int)
        /// Tell the node how far its records are durable.
        case stored(RecordPosition, to: Int)
        /// Have so many more of the node's records durable.
        case synced(Int, of: Int)
        /// End the node's life: a sync has failed.
        case syncFailed(Int)
        /// Forget the message in the slot, which is free then.
        case discard(slot: UInt32)
        /// Have the fault in the slot come.
        case fault(UInt32)
        /// Tell the alarm in the slot.
        case alarm(UInt32)
        /// Nothing: the end is reached.
        case end
    }

    /// Nanoseconds of the simulator's clock.
    @usableFromInline var time: Int64 = 0
    @usableFromInline var trace = TraceHash()
    @usableFromInline var steps = 0
    private var sequence: UInt64 = 0
    var events = EventQueue()
    var timers: TimerQueue
    var nodes: [NodeModel]
    var wiring: Wiring
    var flights = Slots<Flight>()
    let disk: DiskConditions
    let clocks: ClockConditions
    let costs: ProcessingCosts
    /// Whether what comes is handled at once, since it costs nothing.
    let isInstant: Bool

    @usableFromInline
    init(nodes count: Int, seed: Seed, _ conditions: Conditions) {
        do throws(SimulationProblem) {
            try conditions.validate(nodes: count)
        } catch { preconditionFailure("\(error)") }
        nodes = (0..<count).map { NodeModel(seed: seed.derived(for: $0)) }
        timers = TimerQueue(nodes: count)
        wiring = Wiring(conditions.network)
        disk = conditions.disk
        clocks = conditions.clocks
        costs = conditions.costs
        isInstant = costs.receive == .zero && costs.send == .zero
    }

    @usableFromInline
    mutating func schedule(fault slot: UInt32, at moment: Moment) {
        insert(.fault, slot: slot, at: future(moment))
    }

    @usableFromInline
    mutating func schedule(alarm slot: UInt32, at moment: Moment) {
        insert(.alarm, slot: slot, at: future(moment))
    }

    private func future(_ moment: Moment) -> Int64 {
        precondition(moment.nanoseconds >= time, "\(moment) is past: it is \(time) ns")
        return moment.nanoseconds
    }

    mutating func insert(_ kind: Event.Kind, node: Int = 0, slot: UInt32, at time: Int64) {
        events.insert(
            Event(kind, at: time, sequence: nextSequence(), node: node, slot: slot))
    }

    mutating func nextSequence() -> UInt64 {
        sequence += 1
        return sequence
    }

    /// What a step was, as the trace has it.
    enum StepKind: UInt64 { case start = 1, message, request, wake, stored, fault }

    /// Notes a step in the trace, with whatever tells it from others of its kind.
    mutating func note(_ kind: StepKind, _ mark: UInt64, at place: Int) {
        steps += 1
        // The mark is spread over the word: it and the time then do not cancel each other out.
        trace.fold(
            UInt64(bitPattern: time) &+ mark &* 0x9E37_79B9_7F4A_7C15,
            kind.rawValue << 56 | UInt64(place))
    }
}
