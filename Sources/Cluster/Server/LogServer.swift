public import Network
import Quantities
public import Shen
import ShenRing
public import StateMachines
import Storage

/// What became of an append.
public enum AppendOutcome: Sendable {
    /// The batch is in the log, there, as durably as the replication protocol keeps it.
    case appended(Appended)
    /// The batch is not in the log, and will not be by this append.
    case refused(ProducerRefusal)
    /// Too many appends wait: this one was not taken.
    case overloaded
    /// The batch has more bytes than go into a frame with all that goes with it; so many at most.
    case tooLarge(limit: Int)
    /// The server has ended before it knew.
    case ended
}

/// A server that has a replica of a log (`ShenPartition`) between processes: it appends, agrees with the
/// others, stores what was agreed on in segment files, and gets what it has missed from them.
///
///     let server = try LogServer(plan)
///     let outcome = server.append(RecordBatch(event.span, time: now))
///     var cursor = try server.log.subscribe(from: 0)
///
/// Any server appends, and all of them have every record. A record that was appended is durable by the
/// journals of the protocol, as `StoreServerPlan.durability` says; the files of the log follow. Nothing may be
/// removed from the log by retention as long as a replica may have missed it.
///
/// Any thread may use it.
public final class LogServer: RunningServer {
    /// The records that this replica has stored: to be read, and not to be changed.
    public let log: SegmentedLog
    private let store: LogStore
    private let node: any RunningServer
    private let appends: OpenAppends
    private let ask: @Sendable (RecordBatch, ProducerStamp?, UInt64) -> Void
    private let limit: Int

    /// The key of a log's batches in the replication.
    static let key: UInt64 = 0

    /// Starts it, and waits until it has read its records and listens.
    ///
    /// The plan has to name a directory: a replica has records to keep.
    ///
    /// - Parameter postChanged: called on the node's loop, which it must not hold up, whenever the server
    ///   does something else than before, or by another decision.
    /// - Throws: `NodeFailure` where it cannot begin.
    public convenience init(
        _ plan: StoreServerPlan, postChanged: @escaping @Sendable (ServerPost) -> Void = { _ in }
    ) throws(NodeFailure) {
        let files = try LogFiles(plan)
        var inner = plan
        inner.directory = files.journal
        switch plan.replication {
        case .quorum:
            try self.init(
                StoreServer.quorum(inner), plan, files,
                posts: QuorumPosts(id: plan.options.id), changed: postChanged)
        case .chain:
            try self.init(
                StoreServer.chain(inner), plan, files,
                posts: ChainPosts(id: plan.options.id), changed: postChanged)
        }
    }

    private init<Protocol: AgreedLog>(
        _ node: NodePlan<Protocol>, _ plan: StoreServerPlan, _ files: LogFiles,
        posts: any PostReader<Protocol.Event>,
        changed: @escaping @Sendable (ServerPost) -> Void
    ) throws(NodeFailure) where Protocol.Message: WireCodable {
        let frame = plan.options.maximumFrame
        let log = files.log
        let (store, appends) = (LogStore(log, part: min(1 << 20, frame / 2)), OpenAppends())
        let settings = PartitionSettings(
            cluster: plan.options.cluster, key: Self.key, replicas: plan.servers)
        let replica = NodePlan<LogReplica<Protocol>>(
            options: node.options, journal: node.journal, seed: node.seed,
            make: { [id = plan.options.id, life = files.life] recovered in
                guard
                    let partition = ShenPartition(
                        id, settings: settings, replication: try node.make(recovered),
                        image: try log.image(), life: life)
                else { throw LogServerProblem.producers(path: log.path) }
                return LogReplica(partition)
            })
        let application = LogApplication<Protocol>(
            store: store, appends: appends, posts: posts, changed: changed)
        let running: RunningNode<LogReplica<Protocol>>
        do throws(LogError) {
            // First: a node that begins may have to tell more than waits for a thread.
            try store.begin()
        } catch {
            try? log.close()
            throw .log(error)
        }
        do throws(NodeFailure) {
            running = try RunningNode(replica, application: application)
        } catch {
            store.finish()
            _ = store.awaitEnd()
            throw error
        }
        store.connect {
            switch $0 {
            case .give(let copy, let receiver): running.ask(.give(copy, to: receiver))
            case .took(let end, let image): running.ask(.took(end: end, image))
            case .failed: running.stop(abruptly: true)
            }
        }
        (self.log, self.store, self.node, self.appends) = (log, store, running, appends)
        ask = { running.ask(.partition(.append($0, $1, token: $2))) }
        limit = frame - Self.overhead
    }

    /// What goes with a batch in a frame, and more.
    private static let overhead = 4_096

    /// Where it listens; nil where nowhere.
    public var address: Address? { node.address }

    /// What it last said of itself.
    public var statistics: NodeStatistics { node.statistics }

    /// Has it call another server at this address from now on.
    public func introduce(_ node: NodeID, at address: Address) {
        self.node.introduce(node, at: address)
    }

    /// Has a batch appended, at least one record, and tells `then` what became of it: on the node's loop, which
    /// that must not hold up, or at once where it is not even asked for.
    ///
    /// - Parameter stamp: who sends the batch, where that is not this server, so that it is stored once
    ///   however often it is sent.
    public func append(
        _ batch: RecordBatch, stamp: ProducerStamp? = nil,
        then: @escaping @Sendable (AppendOutcome) -> Void
    ) {
        guard batch.byteCount <= limit else { return then(.tooLarge(limit: limit)) }
        guard let token = appends.add(then) else { return then(.ended) }
        ask(batch, stamp, token)
    }

    /// Has a batch appended, at least one record, and waits until it is known what became of it. Not to be
    /// called on the node's loop.
    public func append(_ batch: RecordBatch, stamp: ProducerStamp? = nil) -> AppendOutcome {
        let answer = Answer()
        append(batch, stamp: stamp) { answer.give($0) }
        return answer.outcome
    }

    /// How often it has taken records from other replicas, until none were missing.
    package var copiesTaken: Int { store.copiesTaken }

    /// Has it end: in order, or as if the node were killed. What it was told is stored all the same.
    public func stop(abruptly isAbrupt: Bool = false) { node.stop(abruptly: isAbrupt) }

    /// Waits until it has ended, and what it was told is stored.
    ///
    /// - Throws: `NodeFailure` where it ended by itself.
    public func wait() throws(NodeFailure) {
        var problem: NodeFailure?
        do throws(NodeFailure) {
            try node.wait()
        } catch {
            problem = error
        }
        if let failure = store.awaitEnd() { throw .log(failure) }
        if let problem { throw problem }
    }
}

/// Why a replica of a log cannot begin.
enum LogServerProblem: Error, CustomStringConvertible {
    /// What the log knows of its producers is nothing that a log knows.
    case producers(path: String)
    /// There is nowhere to keep records.
    case directory

    var description: String {
        switch self {
        case .producers(let path): "\(path): its table of producers is none"
        case .directory: "a replica of a log without a directory to keep records in"
        }
    }
}

/// The files of a replica: below its directory, the journal of the protocol, the records, and the number of
/// lives.
private struct LogFiles {
    let journal: String
    let log: SegmentedLog
    let life: UInt32

    init(_ plan: StoreServerPlan) throws(NodeFailure) {
        guard let directory = plan.directory else {
            throw .machine(LogServerProblem.directory)
        }
        journal = "\(directory)/journal"
        do throws(StorageError) {
            // Made, and durable in what it lies in. Locked are those in it.
            _ = try StoreDirectory(
                path: directory, creation: .ifMissing, permissions: 0o644, madeBy: "log",
                operations: SystemOperations(because: .asked))
        } catch { throw .log(.storage(error)) }
        do throws(LogError) {
            log = try SegmentedLog(
                path: "\(directory)/log",
                options: .init(durability: .none, segmentSize: .mebibytes(64)))
        } catch { throw .log(error) }
        do throws(LogError) {
            life = try LifeNumber.next(below: directory)
        } catch {
            try? log.close()
            throw .journal(error)
        }
    }
}

/// The number of a life, from 1, as it is kept from life to life.
private struct LifeNumber: WireCodable {
    let number: UInt32

    init(_ number: UInt32) { self.number = number }

    func encode(into writer: inout WireWriter) { writer.write(number) }

    init(from reader: inout WireReader) throws(WireError) { number = try reader.number() }

    /// The number of the life that begins, durable below `directory` when this returns.
    static func next(below directory: String) throws(LogError) -> UInt32 {
        var lives: [LifeNumber] = []
        var disk = try JournalDisk<LifeNumber>(path: "\(directory)/lives", recovered: &lives)
        let next = (lives.last?.number ?? 0) + 1
        try disk.checkpoint([LifeNumber(next)])
        try disk.close()
        return next
    }
}

/// One outcome, for the thread that waits for it.
private final class Answer: @unchecked Sendable {
    // Sendable: set before the gate opens, read behind it.
    private let gate = Gate()
    private var given: AppendOutcome = .ended

    func give(_ outcome: AppendOutcome) {
        given = outcome
        gate.open()
    }

    var outcome: AppendOutcome {
        gate.wait()
        return given
    }
}
