import Checkers
import Randomness
import ShenRing
import Simulation
import StateMachines

/// A chain in its world, without faults but those that an experiment inflicts, and what is seen of it.
struct ChainWorld {
    private struct Asked {
        let at: Moment
        let isRead: Bool
        let client: NodeID
    }

    /// An operation that was answered.
    struct Answered {
        let at: Moment
        let took: Span
        let isRead: Bool
        let client: NodeID
    }

    let experiment: ChainExperiment
    var simulator: Simulator<ChainMachine>
    private var asked: [RequestID: Asked] = [:]
    private(set) var answered: [Answered] = []
    /// What nodes told, but for what they committed.
    private(set) var told: [(event: ChainNode.Event, node: NodeID, at: Moment)] = []
    private var log = LogAgreementChecker<RequestID>()
    private var history = HistoryBuilder<Register>()
    private var problems: [String] = []
    /// Nodes that have not committed anything in this life.
    private var beginning: Set<NodeID>
    /// Faults that were planned and applied.
    private(set) var befallen: [BefallenFault] = []

    init(_ experiment: ChainExperiment, seed: Seed) {
        self.experiment = experiment
        beginning = Set(experiment.settings.replicas)
        simulator = Simulator(
            servers: experiment.servers, settings: experiment.settings,
            clients: experiment.clientSettings, seed: seed,
            conditions: Conditions(
                network: experiment.network, disk: experiment.disk, clocks: experiment.clocks,
                costs: experiment.costs))
    }

    /// Goes on to a moment, or until `isDone` says of an event that it is what was waited for.
    @discardableResult
    mutating func advance(
        to end: Moment, until isDone: (ChainNode.Event, NodeID) -> Bool = { _, _ in false }
    ) -> Bool {
        while let occurrence = simulator.next(until: end) {
            switch occurrence {
            case .event(.server(let event), let node, let moment):
                heard(event, of: node, at: moment)
                if isDone(event, node) { return true }
            case .event(.client(let event), let node, let moment):
                heard(event, of: node, at: moment)
            case .fault(let fault, let moment):
                befallen.append(BefallenFault(fault: fault, at: moment))
                if case .crash(let node, _) = fault { beginning.insert(node) }
            case .alarm: break
            }
        }
        return false
    }

    mutating func restarted(_ node: NodeID) { beginning.insert(node) }

    private mutating func heard(_ event: ChainNode.Event, of node: NodeID, at now: Moment) {
        switch event {
        case .committed(let first, let last):
            guard let replica = simulator.replica(node) else { return }
            let start = max(first, replica.log.base + 1)
            if beginning.remove(node) != nil || start > first {
                log.began(node, after: start - 1, at: now)
            }
            for index in start..<max(start, last + 1) {
                log.committed(replica.log[index].request.id, at: index, by: node, at: now)
            }
        case .installed(let last):
            beginning.remove(node)
            log.began(node, after: last, at: now)
            told.append((event, node, now))
        case .compacted: break
        case .entered, .left, .decided:
            told.append((event, node, now))
        }
    }

    private mutating func heard(_ event: ClientEvent, of client: NodeID, at now: Moment) {
        do throws(HistoryProblem) {
            switch event {
            case .invoked(let id, let key, let operation):
                asked[id] = Asked(at: now, isRead: operation.isRead, client: client)
                guard experiment.checksHistory else { return }
                try history.invoke(
                    OperationID(id), key: key, Register.Operation(operation), at: now)
            case .answered(let id, let outcome):
                if case .written(let index) = outcome {
                    log.acknowledged(id, at: index, to: client, at: now)
                }
                guard let asked = asked.removeValue(forKey: id) else { return }
                answered.append(
                    Answered(
                        at: now, took: now - asked.at, isRead: asked.isRead, client: client))
                guard experiment.checksHistory, let answer = Register.Answer(outcome) else {
                    return
                }
                try history.answer(OperationID(id), answer, at: now)
            case .abandoned(let id):
                asked[id] = nil
            }
        } catch { problems.append("the history: \(error)") }
    }

    /// Stops the clients, lets the chain come to rest, and says what the checkers found, and how many
    /// acknowledged writes are gone. That a checker could not tell counts as found.
    mutating func finish() -> (violations: [String], lost: Int) {
        let (violations, isUnknown) = verdict()
        let unknown = isUnknown ? ["no verdict on the history: its search took too many steps"] : []
        var lost = 0
        for finding in log.findings.first {
            if case .lost(let index, _, let reached) = finding { lost = Int(index - reached) }
        }
        return (violations + unknown, lost)
    }

    /// Stops the clients, lets the chain come to rest, and says what the checkers found, and whether one
    /// gave up.
    mutating func verdict() -> (violations: [String], isUnknown: Bool) {
        for place in 0..<experiment.clients {
            simulator.ask(.client(.stop), of: NodeID(place: experiment.servers + place))
        }
        advance(to: simulator.now + experiment.settleTime)
        log.finish(live: experiment.settings.replicas)
        let violations = problems + log.findings.lines
        guard experiment.checksHistory else { return (violations, false) }
        switch LinearizabilityChecker(Register()).check(history.history()) {
        case .linearizable: return (violations, false)
        case .violation(let violation): return (violations + ["\(violation)"], false)
        case .unknown: return (violations, true)
        }
    }

    /// What was answered from a moment on, before another.
    func latencies(
        from start: Moment, to end: Moment, reads: Bool, of client: NodeID? = nil
    ) -> Latencies {
        var latencies = Latencies()
        for operation in answered
        where operation.isRead == reads && operation.at >= start && operation.at < end
            && (client == nil || operation.client == client)
        {
            latencies.all.append(operation.took)
        }
        return latencies
    }

    /// The configuration that the wardens know now.
    var configuration: ChainConfiguration {
        experiment.settings.wardens.compactMap { simulator.warden($0)?.decided }
            .max { $0.epoch < $1.epoch } ?? .none
    }

    func messages(of node: NodeID) -> Int {
        let traffic = simulator.traffic(of: node)
        return traffic.sent.messages + traffic.received.messages
    }
}
