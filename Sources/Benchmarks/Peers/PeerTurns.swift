import Measurement
import PeerServers
import Quantities

/// Turns of one server: exchanges timed one by one where there is one client with one request at a
/// time, as a whole otherwise.
final class PeerTurns: TimedTurns {
    private let crowd: ExchangeCrowd
    private let isSingle: Bool
    private var promise: NumberPromise?
    /// Keeps the server alive.
    private let server: AnyObject

    /// Turns of `clients` of `server`, whose numbers are held against `promise` after each turn.
    init(_ clients: [any MeasuredClient], of server: AnyObject, promise: NumberPromise? = nil) {
        crowd = ExchangeCrowd(clients)
        isSingle = clients.count == 1 && clients[0].pipeline == 1
        self.server = server
        self.promise = promise
    }

    func turn(operations: Int, clock: TickClock) throws -> [Double] {
        let times =
            isSingle
            ? try singles(operations, clock)
            : [try whole(performed(of: operations) / crowd.batch, clock)]
        for (index, client) in crowd.clients.enumerated() {
            let values = client.takeValues()
            try promise?.take(values, of: index)
        }
        return times
    }

    func performed(of operations: Int) -> Int {
        (operations + crowd.batch - 1) / crowd.batch * crowd.batch
    }

    /// Checks what can be checked only at the end: that a counter gave out every number.
    func checkNothingMissing() throws { try promise?.checkNothingMissing() }

    private func singles(_ count: Int, _ clock: TickClock) throws -> [Double] {
        let client = crowd.clients[0]
        var times: [Double] = []
        times.reserveCapacity(count)
        for _ in 0..<count {
            let start = clock.begin()
            try client.exchangeOnce()
            times.append(clock.nanoseconds(from: start, to: clock.end()))
            try client.check()
        }
        return times
    }

    private func whole(_ batches: Int, _ clock: TickClock) throws -> Double {
        let start = clock.begin()
        try crowd.exchange(batches: batches)
        let elapsed = clock.nanoseconds(from: start, to: clock.end())
        return elapsed / Double(batches * crowd.batch)
    }
}

/// Turns that last about as long for every contender, however long an operation of each takes: the
/// number of operations is found by a trial, once.
final class EvenTurns: TimedTurns {
    private let base: any TimedTurns
    private let operations: Int

    /// The least and the most operations of a turn.
    private static let counts = 8...50_000_000

    /// Turns of `base` that last about `length`.
    init(_ base: any TimedTurns, length: Nanoseconds, clock: TickClock) throws {
        self.base = base
        var count = 1
        while true {
            // The first exchanges are slower, so a trial goes on until it has lasted for a while.
            let times = try base.turn(operations: count, clock: clock)
            let mean = times.reduce(0, +) / Double(times.count)
            let performed = base.performed(of: count)
            if mean * Double(performed) >= length.rawValue / 4
                || performed >= Self.counts.upperBound
            {
                let wanted = Int(min(length.rawValue / max(mean, 1), 1e9))
                operations = min(max(wanted, Self.counts.lowerBound), Self.counts.upperBound)
                return
            }
            count = performed * 4
        }
    }

    func turn(operations: Int, clock: TickClock) throws -> [Double] {
        try base.turn(operations: self.operations, clock: clock)
    }

    func performed(of operations: Int) -> Int { base.performed(of: self.operations) }
}
