import ShenRing
import StateMachines

/// What the nodes of a primary with backups, and their clients, send to each other.
enum PrimaryBackupMessage: ClientMessaging {
    case request(ClientRequest, ClusterID)
    case answer(ClientAnswer, ClusterID)
    /// Primary to backup: what stands at a place of the log.
    case copy(ClientRequest, at: Int)
    /// Backup to primary: all through this place is on its disk.
    case copied(through: Int)

    static func request(_ request: ClientRequest, cluster: ClusterID) -> PrimaryBackupMessage {
        .request(request, cluster)
    }

    func answer(cluster: ClusterID) -> ClientAnswer? {
        guard case .answer(let answer, cluster) = self else { return nil }
        return answer
    }
}

/// A primary that hands each write to its backups, and answers when some of them have it: the baseline
/// that chain replication is held against.
///
/// As plain as it is described: no epochs, no repair. Links lose nothing and keep order (each backup takes
/// places in turn), and an operator, who is never wrong about who has failed, names the next primary in a
/// fixed order. So nothing is lost for any other reason than the rule of acknowledgement.
struct PrimaryBackup: StateMachine {
    /// When a write is answered.
    enum Rule: Hashable, Sendable {
        /// When the primary and `count` backups have it on their disks.
        case after(Int)
    }

    enum Request: Sendable {
        /// From now on this node is the primary, of these backups.
        case lead([NodeID])
    }

    enum Event: Sendable {}

    typealias Message = PrimaryBackupMessage
    typealias Record = ClientRequest

    let cluster: ClusterID
    let rule: Rule
    /// What it has, in order.
    private(set) var log: [ClientRequest]
    private var known: Set<RequestID>
    private var durable: Int
    private var primary: NodeID?
    private var backups: [NodeID]?
    private var copied: [Int] = []
    private var answered = 0
    /// Copies that came before those ahead of them.
    private var early: [Int: ClientRequest] = [:]

    init(cluster: ClusterID, rule: Rule, recovered: [ClientRequest]) {
        self.cluster = cluster
        self.rule = rule
        log = recovered
        known = Set(recovered.map(\.id))
        durable = recovered.count
    }

    mutating func start(at now: Moment, into effects: inout Effects<Self>) {}
    mutating func wake(at now: Moment, into effects: inout Effects<Self>) {}
    var deadline: Moment? { nil }

    mutating func handle(
        _ request: Request, at now: Moment, into effects: inout Effects<Self>
    ) {
        guard case .lead(let others) = request else { return }
        backups = others
        copied = others.map { _ in 0 }
        answered = log.count
        for backup in others {
            for place in log.indices { effects.send(.copy(log[place], at: place), to: backup) }
        }
    }

    mutating func receive(
        _ message: PrimaryBackupMessage, from sender: NodeID, at now: Moment,
        into effects: inout Effects<Self>
    ) {
        switch message {
        case .request(let request, cluster):
            guard let backups, known.insert(request.id).inserted else { return }
            for backup in backups { effects.send(.copy(request, at: log.count), to: backup) }
            log.append(request)
            effects.store(request)
        case .copy(let request, let place):
            primary = sender
            early[place] = request
            while let next = early.removeValue(forKey: log.count) {
                log.append(next)
                known.insert(next.id)
                effects.store(next)
            }
        case .copied(let count):
            guard let backup = backups?.firstIndex(of: sender) else { return }
            copied[backup] = max(copied[backup], count)
            answer(into: &effects)
        case .request, .answer: break
        }
    }

    mutating func stored(
        through position: RecordPosition, at now: Moment, into effects: inout Effects<Self>
    ) {
        durable = max(durable, Int(position))
        if backups == nil {
            if let primary { effects.send(.copied(through: durable), to: primary) }
        } else {
            answer(into: &effects)
        }
    }

    private mutating func answer(into effects: inout Effects<Self>) {
        guard case .after(let count) = rule else { return }
        let wanted = min(count, copied.count)
        let reached =
            wanted == 0 ? durable : min(durable, copied.sorted(by: >)[wanted - 1])
        while answered < reached {
            let request = log[answered]
            answered += 1
            let answer = ClientAnswer(request.id, .written(at: UInt64(answered)))
            effects.send(.answer(answer, cluster), to: request.id.client)
        }
    }
}
