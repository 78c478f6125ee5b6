import Network
import ShenRing
import StateMachines

/// Several nodes on one loop, such as the clients of one process: what comes for any of them in a turn is
/// taken in it, and what they say leaves together, for the price of one wait.
///
/// They call others and are not called, so that whose a connection is, whoever made it knows.
///
/// What every turn asks of each is specialised, and answered by plain loops: unspecialised code looks types up
/// with every seat, through key paths and lazy sequences again and again, which took nearly half of the time
/// of 64 clients.
struct NodeGroup<Machine: StateMachine>: NetworkHandler, ~Copyable
where Machine.Message: WireCodable {
    /// A node's place in the group.
    final class Seat {
        var shell: NodeShell<Machine>
        /// Whether something came for it in this turn.
        var isTold = false

        init(_ shell: consuming NodeShell<Machine>) { self.shell = shell }

        /// Whether it has not ended: one that has is deaf and asks for nothing.
        var isLive: Bool { shell.ending == nil }
    }

    private let seats: [Seat]
    /// Whose connections are, once something came on them.
    private var owners: [ConnectionID: Seat] = [:]

    /// A group of the shells of nodes; the place of each is that of its timers.
    init(_ seats: [Seat]) { self.seats = seats }

    /// Whether all of them have ended.
    var isOver: Bool {
        @_specialize(where Machine == KeyedClient<ChainMessage>)
        @_specialize(where Machine == KeyedClient<QuorumMessage>)
        get {
            for seat in seats where seat.isLive { return false }
            return true
        }
    }

    /// When the next turn is due though nothing happens.
    var deadline: Moment? {
        @_specialize(where Machine == KeyedClient<ChainMessage>)
        @_specialize(where Machine == KeyedClient<QuorumMessage>)
        get {
            var first: Moment?
            for seat in seats where seat.isLive {
                guard let deadline = seat.shell.deadline else { continue }
                first = first.map { min($0, deadline) } ?? deadline
            }
            return first
        }
    }

    /// Whether any of them was left something to do.
    var hasWork: Bool {
        @_specialize(where Machine == KeyedClient<ChainMessage>)
        @_specialize(where Machine == KeyedClient<QuorumMessage>)
        get {
            for seat in seats where seat.isLive && seat.shell.hasWork { return true }
            return false
        }
    }

    mutating func connected(_ connection: ConnectionID, on loop: inout EventLoop) {
        told(connection)?.shell.connected(connection, on: &loop)
    }

    @_specialize(where Machine == KeyedClient<ChainMessage>)
    @_specialize(where Machine == KeyedClient<QuorumMessage>)
    mutating func received(
        _ frame: FrameHeader, _ payload: Bytes, from connection: ConnectionID,
        on loop: inout EventLoop
    ) {
        told(connection)?.shell.received(frame, payload, from: connection, on: &loop)
    }

    mutating func drained(_ connection: ConnectionID, on loop: inout EventLoop) {
        told(connection)?.shell.drained(connection, on: &loop)
    }

    mutating func closed(
        _ connection: ConnectionID, _ reason: ClosureReason, on loop: inout EventLoop
    ) {
        told(connection)?.shell.closed(connection, reason, on: &loop)
        owners[connection] = nil
    }

    mutating func timer(_ number: UInt64, on loop: inout EventLoop) {
        let seat = seats[Int(number >> NodeShell<Machine>.timerBits)]
        guard seat.isLive else { return }
        seat.isTold = true
        seat.shell.timer(number, on: &loop)
    }

    @_specialize(where Machine == KeyedClient<ChainMessage>)
    @_specialize(where Machine == KeyedClient<QuorumMessage>)
    mutating func turnEnded(on loop: inout EventLoop) {
        let now = MonotonicClock.now
        for seat in seats where seat.isLive {
            let isDue = seat.shell.deadline.map { $0 <= now } ?? false
            guard seat.isTold || isDue || seat.shell.hasWork else { continue }
            seat.isTold = false
            seat.shell.turnEnded(on: &loop)
        }
    }

    /// Whose a connection is, who has something to see to now; nil where that one has ended.
    private mutating func told(_ connection: ConnectionID) -> Seat? {
        guard let seat = owner(of: connection), seat.isLive else { return nil }
        seat.isTold = true
        return seat
    }

    private mutating func owner(of connection: ConnectionID) -> Seat? {
        if let seat = owners[connection] { return seat }
        let seat = seats.first { $0.shell.peers.senders[connection] != nil }
        owners[connection] = seat
        return seat
    }
}
