import StateMachines

/// Somebody who takes turns in a comparison of replicated stores, and rests while others have theirs.
protocol ReplicationContender: AnyObject {
    var name: String { get }

    /// Is loaded for about `span`, and some moments before that are not measured.
    func turn(for span: Span) throws -> ReplicationTurn

    /// Checks what can be checked when all turns are over, and says what that was.
    func finish() throws -> String
}

/// What a turn came to.
struct ReplicationTurn {
    /// Writes that were answered in it; one at least.
    let writes: Int
    /// How long it was.
    let length: Span
    /// What a client waited for a write on average, in nanoseconds.
    let meanWait: Double
    /// The processor time that each server had in it, in nanoseconds.
    let servers: [Double]
    /// The processor time of the clients, in nanoseconds.
    let clients: Double

    /// Writes a second.
    var throughput: Double { Double(writes) / length.inSeconds }

    /// Processor time of all servers for a write, in nanoseconds.
    var cost: Double { servers.reduce(0, +) / Double(writes) }

    /// Processor time of the busiest server for a write, in nanoseconds.
    var busiestCost: Double { (servers.max() ?? 0) / Double(writes) }

    /// The shares of one processor that the busiest server, all servers and the clients had.
    var shares: (busiest: Double, servers: Double, clients: Double) {
        let length = length.inNanoseconds
        return (
            (servers.max() ?? 0) / length, servers.reduce(0, +) / length, clients / length
        )
    }
}

/// Processor times before and after something, of servers and of this process.
struct ProcessorTimes {
    private let servers: [UInt64]
    private let own: UInt64

    /// Those of now.
    ///
    /// - Throws: `StoreFailure.gone` where a server has ended.
    init(of processes: [Int32]) throws(StoreFailure) {
        var times: [UInt64] = []
        for (number, process) in processes.enumerated() {
            guard let time = ProcessorTime.of(process: process) else {
                throw .gone(server: number)
            }
            times.append(time)
        }
        servers = times
        own = ProcessorTime.ofProcess()
    }

    /// What passed since, in nanoseconds.
    func until(_ later: ProcessorTimes) -> (servers: [Double], own: Double) {
        (
            zip(servers, later.servers).map { Double($1 &- $0) },
            Double(later.own &- own)
        )
    }
}
