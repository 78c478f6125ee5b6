import Cluster
import Network
import PeerServers
import ShenRing
import StateMachines

/// Writes that come at equal intervals, whether those before were answered or not.
struct WritePace {
    private let interval: Span
    private let payload: Int
    private var next: Moment
    /// How many came.
    private(set) var count: UInt64 = 0

    /// So many a second from `begin` on, of so many bytes each.
    init(rate: Double, payload: Int, from begin: Moment) {
        interval = .seconds(1).scaled(by: 1 / rate)
        (next, self.payload) = (begin, payload)
    }

    /// The next write, if it is due.
    mutating func take(at now: Moment) -> ClientCommand? {
        guard next <= now else { return nil }
        next = next + interval
        count += 1
        return Self.write(count, payload: payload)
    }

    /// The write of a number: to one of 4096 keys, of a value that begins with it.
    static func write(_ number: UInt64, payload: Int) -> ClientCommand {
        var value = [UInt8](repeating: 0, count: payload)
        for place in 0..<8 { value[place] = UInt8(truncatingIfNeeded: number >> (8 * place)) }
        return .perform(key: number % 4096, .write(value))
    }
}

/// A server that joined.
struct StoreJoining {
    /// Which one.
    let server: Int
    /// When its process was begun.
    let begun: Moment
    /// When it had its place among the others.
    let placed: Moment
    /// What the first loader heard meanwhile, and for a while after.
    let answers: [ClientLog.Answer]
}

extension StoreSession {
    /// Has the first loader write so often, as fast as it is answered.
    func fill(with writes: Int, payload: Int) throws {
        for number in 0..<UInt64(writes) {
            loaders[0].ask(WritePace.write(number, payload: payload))
        }
        try wait { loads[0].count >= writes }
        _ = loads[0].takeAnswers()
    }

    /// Has the first loader write at a pace until something is so, and takes what it heard meanwhile.
    func drive(
        _ pace: inout WritePace, until isOver: (Moment) throws -> Bool
    ) throws -> [ClientLog.Answer] {
        var now = MonotonicClock.now
        while try !isOver(now) {
            try check()
            while let write = pace.take(at: now) { loaders[0].ask(write) }
            ReplicationProcesses.rest(.microseconds(500))
            now = MonotonicClock.now
        }
        return loads[0].takeAnswers()
    }

    /// Starts the next server that joins, and has the first loader write at a pace until that has its place,
    /// for `least` at any rate, and for `after` once it has.
    ///
    /// Clients are told at once where it is, and ask it something once it has its place.
    ///
    /// - Throws: `StoreFailure.vacant` where it has none for as long as clients may go without an answer.
    func join(
        _ pace: inout WritePace, atLeast least: Span, after: Span
    ) throws -> StoreJoining {
        let begun = MonotonicClock.now
        let server = try processes.startNext()
        let address = try Address(
            parsing: (links?.membersSeenByClients ?? processes.addresses)[server])
        for client in loaders + auditors {
            client.introduce(NodeID(place: server), at: address)
        }
        var placed: Moment?
        let answers = try drive(&pace) { now in
            if placed == nil, let role = processes.role(of: server)?.name,
                FaultSchedule.places.contains(role)
            {
                placed = now
                for client in loaders + auditors { client.ask(.meet(NodeID(place: server))) }
            }
            guard let placed else {
                guard now - begun < Span(seconds: Self.silence) else {
                    throw StoreFailure.vacant(role: "member", seconds: Self.silence)
                }
                return false
            }
            return now >= max(begun + least, placed + after)
        }
        guard let placed else { preconditionFailure("it is over once the server has its place") }
        return StoreJoining(server: server, begun: begun, placed: placed, answers: answers)
    }
}
