import SharedNothing

/// What becomes of messages that a pool's own partitioners send on their way.
enum PoolPartitions {
    /// The most messages that a worker handled less the fewest, of those that one sender sent in turn
    /// and waited for room with: the inboxes hold few, so that most sends find one full.
    static func differenceOfTurns(
        _ configuration: PoolConfiguration, messages: Int
    ) throws -> Int {
        var configuration = configuration
        configuration.partitioning = .roundRobin
        configuration.capacity = 4
        let pool = try WorkerPool(NamingWorker(), configuration)
        var sender = pool.makeSender()
        for number in 0..<messages {
            try sender.send(UInt64(number), timeout: BenchmarkPool.patience)
        }
        try pool.stop(within: BenchmarkPool.patience)
        let loads = pool.statistics.map(\.handled)
        return Int((loads.max() ?? 0) - (loads.min() ?? 0))
    }

    /// How many of the keys from 0 were treated as `rule` says: handled by the worker that it names, or
    /// refused where it names none.
    static func obeying(
        _ rule: @escaping @Sendable (KeyPlace, Int) -> Int, _ configuration: PoolConfiguration,
        keys: Int
    ) throws -> Int {
        var configuration = configuration
        configuration.partitioning = .custom(CustomPartitioner(rule))
        let pool = try WorkerPool(NamingWorker(), configuration)
        let workers = pool.workerCount
        var obeyed = 0
        for key in 0..<UInt64(keys) {
            let wanted = rule(KeyPlace(key), workers)
            let answer = Result {
                try pool.request(key, key: key, timeout: BenchmarkPool.patience)
            }
            switch answer {
            case .success(let worker): if worker == wanted { obeyed += 1 }
            case .failure(let error as RequestError):
                let refusal = SendRefusal.partitionOutOfRange(index: wanted, count: workers)
                guard error == .notSent(refusal) else { throw error }
                if !(0..<workers).contains(wanted) { obeyed += 1 }
            case .failure(let error): throw error
            }
        }
        try pool.stop(within: BenchmarkPool.patience)
        return obeyed
    }

    /// A rule of a caller's own: by the last bits of the key, and no worker for one key in seven.
    static func gappedRule(_ key: KeyPlace, _ count: Int) -> Int {
        switch key.partitionOrder % 14 {
        case 5: -1
        case 12: count
        default: Int(key.partitionOrder % UInt64(count))
        }
    }
}

/// Answers with its index.
struct NamingWorker: Worker {
    func start(_ context: borrowing WorkerContext<UInt64, Int>) {}

    func handle(
        _ message: UInt64, _ state: inout Void, _ context: borrowing WorkerContext<UInt64, Int>
    ) -> Int { context.worker }
}
