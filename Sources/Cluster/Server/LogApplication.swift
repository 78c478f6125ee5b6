import Shen
import ShenRing
import StateMachines
import Storage

/// What stands above a replica of a log: it has records stored, and tells what became of appends.
struct LogApplication<Protocol: AgreedLog>: NodeApplication, Sendable {
    typealias Machine = LogReplica<Protocol>

    private let store: LogStore
    private let appends: OpenAppends
    private let end: ApplicationEnd
    private var posts: PostWatch<Protocol>

    init(
        store: LogStore, appends: OpenAppends,
        posts: any PostReader<Protocol.Event>,
        changed: @escaping @Sendable (ServerPost) -> Void
    ) {
        (self.store, self.appends) = (store, appends)
        end = ApplicationEnd(appends, store)
        self.posts = PostWatch(reader: posts, changed: changed)
    }

    mutating func told(
        _ event: Machine.Event, at now: Moment, asking requests: inout [Machine.Request]
    ) {
        switch event {
        case .partition(.stored(let batch)): store.put(.store(batch))
        case .partition(.applied(let place)): store.put(.applied(through: place))
        case .partition(.dropping(let place)): store.keep(through: place)
        case .partition(.appended(let appended, let token)):
            appends.settle(token, .appended(appended))
        case .partition(.refused(let refusal, let token)):
            appends.settle(token, .refused(refusal))
        case .partition(.overloaded(let token)): appends.settle(token, .overloaded)
        case .partition(.replication(let event)): posts.look(at: event)
        case .partition(.behind): break
        case .wanted(let demand, let receiver): store.put(.give(demand, to: receiver))
        case .copied(let copy): store.put(.take(copy))
        }
    }
}

/// Appends whose outcome is not known.
final class OpenAppends: @unchecked Sendable {
    // Sendable: all that varies is used under the lock.
    private let lock = WaitLock()
    private var tokens: UInt64 = 0
    private var open: [UInt64: @Sendable (AppendOutcome) -> Void]? = [:]

    /// A token for an append, whose outcome `then` is told; nil where there will be none.
    func add(_ then: @escaping @Sendable (AppendOutcome) -> Void) -> UInt64? {
        lock.lock()
        defer { lock.unlock() }
        guard open != nil else { return nil }
        tokens += 1
        open?[tokens] = then
        return tokens
    }

    /// Tells what became of an append.
    func settle(_ token: UInt64, _ outcome: AppendOutcome) {
        lock.lock()
        let then = open?.removeValue(forKey: token)
        lock.unlock()
        then?(outcome)
    }

    /// The node has ended.
    func end() {
        lock.lock()
        let left = open ?? [:]
        open = nil
        lock.unlock()
        for token in left.keys.sorted() { left[token]?(.ended) }
    }
}

/// Ends what belongs to the application, which alone holds it, with that, and that with its node.
private final class ApplicationEnd: Sendable {
    private let appends: OpenAppends
    private let store: LogStore

    init(_ appends: OpenAppends, _ store: LogStore) {
        (self.appends, self.store) = (appends, store)
    }

    deinit {
        appends.end()
        store.finish()
    }
}
