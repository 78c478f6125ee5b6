import Cluster
import PeerServers
import ShenRing
import StateMachines

/// What stands above a member of a token ring that wants the right all the time: it gives up what it was
/// granted at once, and asks again.
struct TokenContender: NodeApplication, Sendable {
    typealias Machine = Cartouche

    /// When the right was asked for, by ticket.
    private var asked: [UInt64: Moment] = [:]
    private var tickets: UInt64 = 0
    /// Told what was granted, when it is over; on the member's loop.
    private let report: @Sendable (TokenHold) -> Void

    /// One that tells `report`.
    init(_ report: @escaping @Sendable (TokenHold) -> Void) { self.report = report }

    /// What to ask for to want it so often at once, from now on.
    mutating func begin(wanting count: Int) -> [Cartouche.Request] {
        (0..<count).map { _ in want(at: MonotonicClock.now) }
    }

    mutating func told(
        _ event: Cartouche.Event, at now: Moment, asking requests: inout [Cartouche.Request]
    ) {
        guard case .granted(let grant) = event,
            let asked = asked.removeValue(forKey: grant.ticket)
        else { return }
        let begin = MonotonicClock.now
        requests.append(.release(grant.number))
        requests.append(want(at: begin))
        // The right is given back in a later step.
        report(
            TokenHold(
                epoch: grant.number.epoch, grant: grant.number.grant,
                asked: asked.nanoseconds, begin: begin.nanoseconds,
                end: MonotonicClock.now.nanoseconds))
    }

    private mutating func want(at now: Moment) -> Cartouche.Request {
        tickets += 1
        asked[tickets] = now
        return .acquire(tickets)
    }
}
