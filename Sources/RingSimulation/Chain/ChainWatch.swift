import Checkers
import ShenRing
import Simulation
import StateMachines

/// Holds what a chain does against what it promises.
///
/// - Each epoch has one configuration, and nobody goes back to an earlier one (`EpochChecker`).
/// - What is committed at a place is the same everywhere and for good; what was acknowledged is
///   committed, and there in the end (`LogAgreementChecker`).
/// - The log of a node is a prefix of that of its predecessor, while both act in one epoch (the Update
///   Propagation Invariant of van Renesse and Schneider 2004, §3).
/// - Nobody reads what is not committed.
/// - What clients asked and heard is linearizable, reads at the tail and anywhere included.
/// - After the faults clients are served again, the chain is as long as it should be, and its members
///   end alike.
struct ChainWatch {
    private let plan: ChainPlan
    private var log = LogAgreementChecker<RequestID>()
    private var epochs = EpochChecker<ChainConfiguration>()
    private var history = HistoryBuilder<Register>()
    private var committed: Set<RequestID> = []
    /// Nodes that have not committed anything in this life.
    private var beginning: Set<NodeID>
    private var found: [String] = []
    /// Whether the search for an order of the history was given up.
    private(set) var isUnknown = false
    /// Requests that were answered, and those after the faults.
    private(set) var operations = 0
    private var servedAfterFaults = 0

    init(_ plan: ChainPlan) {
        self.plan = plan
        beginning = Set(plan.replicas)
    }

    /// What was found, the first few of each kind of check.
    var violations: [String] { found + log.findings.lines + epochs.findings.lines }

    private mutating func expect(_ holds: Bool, _ violation: @autoclosure () -> String) {
        if !holds, found.count < 8 { found.append(violation()) }
    }

    // MARK: What happens

    mutating func restarted(_ node: NodeID) { beginning.insert(node) }

    mutating func heard(
        _ event: ChainNode.Event, of node: NodeID, at now: Moment,
        _ simulator: Simulator<ChainMachine>
    ) {
        switch event {
        case .entered(let configuration):
            epochs.entered(configuration.epoch, choosing: configuration, by: node, at: now)
        case .decided(let configuration):
            epochs.chose(configuration, in: configuration.epoch, by: node, at: now)
        case .left, .compacted: break
        case .committed(let first, let last):
            guard let replica = simulator.replica(node) else { return }
            // A node that has much to make up for may have dropped the first of them already.
            let start = max(first, replica.log.base + 1)
            if beginning.remove(node) != nil || start > first {
                log.began(node, after: start - 1, at: now)
            }
            for index in start..<max(start, last + 1) {
                // It was told in the step in which it happened: nothing can be gone but by a mistake.
                guard index <= replica.log.last else {
                    return expect(false, "\(node) committed \(index), and no longer has it")
                }
                let request = replica.log[index].request.id
                committed.insert(request)
                log.committed(request, at: index, by: node, at: now)
            }
        case .installed(let last):
            beginning.remove(node)
            log.began(node, after: last, at: now)
        }
    }

    mutating func heard(_ event: ClientEvent, at now: Moment) {
        switch event {
        case .invoked(let id, let key, let operation):
            note { history throws(HistoryProblem) in
                try history.invoke(
                    OperationID(id), key: key, Register.Operation(operation), at: now)
            }
        case .answered(let id, let outcome):
            operations += 1
            if now > plan.faultsEnd { servedAfterFaults += 1 }
            if case .written(let index) = outcome {
                log.acknowledged(id, at: index, to: id.client, at: now)
            }
            if case .value(let value?) = outcome, let writer = RequestID(writing: value) {
                expect(
                    committed.contains(writer), "\(id) read what \(writer) wrote, uncommitted")
            }
            guard let answer = Register.Answer(outcome) else { return }
            note { history throws(HistoryProblem) in
                try history.answer(OperationID(id), answer, at: now)
            }
        case .abandoned: break
        }
    }

    private mutating func note(
        _ event: (inout HistoryBuilder<Register>) throws(HistoryProblem) -> Void
    ) {
        do throws(HistoryProblem) {
            try event(&history)
        } catch { expect(false, "the history: \(error)") }
    }

    // MARK: What is

    /// Holds the logs of neighbours against each other.
    mutating func inspect(_ simulator: Simulator<ChainMachine>) {
        for node in plan.replicas {
            guard let replica = simulator.replica(node), replica.isActive, replica.isAttached,
                let before = replica.upstream, let other = simulator.replica(before.node),
                other.isActive, other.member == before,
                other.configuration.epoch == replica.configuration.epoch
            else { continue }
            let start = max(replica.log.base, other.log.base)
            guard replica.log.last > start else { continue }
            for index in start + 1...replica.log.last {
                guard index <= other.log.last, replica.log[index] == other.log[index] else {
                    expect(
                        false,
                        "\(node) has an entry at \(index) that \(before) before it has not")
                    break
                }
            }
        }
    }

    /// The end: everything was well for long.
    mutating func finish(_ simulator: Simulator<ChainMachine>) {
        inspect(simulator)
        log.finish(live: plan.replicas)
        expect(servedAfterFaults > 0, "nobody was served after the faults")
        let members = plan.replicas.compactMap { simulator.replica($0) }.filter {
            $0.isActive && $0.role != .joiner
        }
        let size = plan.settings.size
        expect(
            members.count == size,
            "the chain ends with \(members.map(\.member)), and \(size) are wanted")
        expect(Set(members.map(\.state)).count <= 1, "members end in different states")
        switch LinearizabilityChecker(Register()).check(history.history()) {
        case .linearizable: break
        case .violation(let violation): expect(false, "\(violation)")
        case .unknown: isUnknown = true
        }
    }
}

extension RequestID {
    /// The request that wrote a value: `KeyedClient` begins each with its name.
    fileprivate init?(writing value: [UInt8]) {
        guard value.count >= 12 else { return nil }
        func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
            bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        self.init(
            client: NodeID(UInt32(number(value[0..<4]))), number: number(value[4..<12]))
    }
}
