import CNilometerShims
import SharedNothing

/// What a worker has to itself: where its state is, and what the state owns.
struct WorkerHoldings: Sendable {
    /// Addresses of the state and of what it owns.
    let places: [UInt]
    /// How many threads have written to it.
    let threads: Int
    /// Whether the memory is on the NUMA node of the worker's processor; `nil` where the kernel does
    /// not say.
    let isLocal: Bool?
}

extension WorkerHoldings {
    /// How many objects more than one worker or thread had: addresses that several workers name, and
    /// states that several threads wrote to.
    static func shared(among holdings: [WorkerHoldings]) -> Int {
        var owners: [UInt: Int] = [:]
        for holding in holdings { for place in holding.places { owners[place, default: 0] += 1 } }
        return owners.values.count { $0 > 1 } + holdings.count { $0.threads > 1 }
    }

    /// What the workers of a pool hold after so many messages by key. Every worker is asked on its own
    /// thread; all states live while the last one answers.
    static func ofWorkers<W: Worker>(
        of pool: WorkerPool<W>, after messages: Int
    ) throws -> [WorkerHoldings] where W.Message == LedgerMessage, W.Response == WorkerHoldings? {
        var sender = pool.makeSender()
        for number in 0..<messages {
            try sender.send(.note(UInt64(number)), key: number, timeout: BenchmarkPool.patience)
        }
        let answers = sender.gather(.tell, within: BenchmarkPool.patience)
        return answers.responses.compactMap { $0.response }
    }
}

/// What a worker with a ledger is told.
enum LedgerMessage: Sendable {
    case note(UInt64)
    case tell
}

/// A state that is an object, and owns memory of its own.
final class Ledger {
    private static let words = 4096
    private var numbers = [UInt64](repeating: 0, count: Ledger.words)
    private var threads: [Int32] = []

    /// Writes to it.
    func note(_ number: UInt64) {
        numbers[Int(number % UInt64(Ledger.words))] &+= number
        let thread = nilometer_thread_number()
        if !threads.contains(thread) { threads.append(thread) }
    }

    /// Says where it is, and writes nothing.
    var holdings: WorkerHoldings {
        let object = UInt(bitPattern: ObjectIdentifier(self))
        // SAFETY: the addresses are compared, and given to the kernel, which looks up their page.
        return unsafe numbers.withUnsafeBytes { bytes in
            guard let first = bytes.baseAddress else {
                preconditionFailure("a ledger has words")
            }
            let node = unsafe nilometer_memory_node(first + bytes.count / 2)
            let own = nilometer_current_node()
            return WorkerHoldings(
                places: [object, UInt(bitPattern: first)], threads: threads.count,
                isLocal: node >= 0 && own >= 0 ? node == own : nil)
        }
    }
}

/// A worker with a ledger of its own.
struct LedgerWorker: Worker {
    func start(_ context: borrowing WorkerContext<LedgerMessage, WorkerHoldings?>) -> Ledger {
        Ledger()
    }

    func handle(
        _ message: LedgerMessage, _ ledger: inout Ledger,
        _ context: borrowing WorkerContext<LedgerMessage, WorkerHoldings?>
    ) -> WorkerHoldings? {
        switch message {
        case .note(let number):
            ledger.note(number)
            return nil
        case .tell: return ledger.holdings
        }
    }
}
