import Cluster
import PeerServers
import StateMachines

/// Does faults to servers when their time comes, and undoes those that do not last for ever. Waits for
/// nothing itself: it is asked again and again.
///
/// A server that is frozen or cut off goes on saying what it was before, and is passed over while that is
/// in force: a fault for a leader is for the one who leads in fact, and waits until there is one.
struct FaultSchedule {
    /// What was done to servers so far.
    private(set) var done: [StoreMeasurement.Fault] = []
    /// First ones first.
    private var waiting: [StoreFault]
    /// Places in `done` of what is to be undone, and when.
    private var lasting: [(place: Int, until: Moment)] = []
    /// Places in `done` of servers that were started again and have no place among the others yet.
    private var returning: [Int] = []
    private let begin: Moment
    private let processes: NodeProcesses
    private let links: StoreLinks?
    /// How long a server is waited for that has a role, or gets one again.
    private let patience: Span

    /// Roles that have a place in what is replicated: a follower has heard of its leader.
    static let places = Set(
        [ServerRole.leader, .follower, .head, .middle, .tail].map(\.rawValue))

    /// Does `faults`, at times that count from `begin`.
    init(
        _ faults: [StoreFault], from begin: Moment, on processes: NodeProcesses,
        over links: StoreLinks?, patience: Span = Span(seconds: StoreSession.silence)
    ) {
        precondition(
            links != nil || !faults.contains { $0.kind.needsLinks }, "a cut without links")
        waiting = faults.sorted { $0.start < $1.start }
        self.begin = begin
        self.processes = processes
        self.links = links
        self.patience = patience
    }

    /// Whether all was done and undone.
    var isOver: Bool { waiting.isEmpty && lasting.isEmpty && returning.isEmpty }

    /// Does and undoes what is due, as far as there are servers for it.
    ///
    /// - Throws: `StoreFailure.vacant` where no server had a role for long, `PeerFailure` where one has ended
    ///   by itself or cannot be started again.
    mutating func step() throws {
        let now = MonotonicClock.now
        let due = lasting.filter { $0.until <= now }
        lasting.removeAll { $0.until <= now }
        for (place, _) in due { try undo(place) }
        var kept: [StoreFault] = []
        for fault in waiting {
            guard begin + fault.start <= now, let server = server(for: fault) else {
                kept.append(fault)
                continue
            }
            try apply(fault, to: server)
        }
        waiting = kept
        if let first = kept.first, now - (begin + first.start) > patience {
            throw StoreFailure.vacant(role: first.role.rawValue, seconds: patience.inSeconds)
        }
        noteReturns()
    }

    /// The server that has a fault's role, if one has.
    private func server(for fault: StoreFault) -> Int? {
        let silenced = lasting.map { done[$0.place] }
            .filter { [.freeze, .cut].contains($0.fault.kind) }
        return processes.server(
            doing: fault.role.rawValue, besides: Set(silenced.map(\.server)))
    }

    /// Undoes what is still in force, as far as that can be done.
    mutating func abandon() {
        for (place, _) in lasting { try? undo(place) }
        lasting = []
    }

    private mutating func apply(_ fault: StoreFault, to server: Int) throws {
        let begun = MonotonicClock.now
        switch fault.kind {
        case .kill: try processes.kill(server)
        case .freeze: try processes.freeze(server)
        case .cut: links?.cut(server, fault.direction)
        case .reset: links?.reset(server)
        }
        let now = MonotonicClock.now
        done.append(.init(fault: fault, server: server, at: begun, inForce: now))
        if let span = fault.lasting { lasting.append((done.count - 1, begun + span)) }
    }

    private mutating func undo(_ place: Int) throws {
        let (fault, server) = (done[place].fault, done[place].server)
        switch fault.kind {
        case .kill:
            // From here on it is on its way back.
            done[place].undone = MonotonicClock.now
            returning.append(place)
            return try processes.restart(server)
        case .freeze: try processes.thaw(server)
        case .cut: links?.heal(server, fault.direction)
        case .reset: break
        }
        done[place].undone = MonotonicClock.now
    }

    private mutating func noteReturns() {
        guard !returning.isEmpty else { return }
        let now = MonotonicClock.now
        for place in returning {
            if let role = processes.role(of: done[place].server)?.name, Self.places.contains(role) {
                done[place].returned = (role, now)
            }
        }
        // One that has no place after so long is told as such.
        returning.removeAll { place in
            done[place].returned != nil
                || now - (done[place].undone ?? now) > patience
        }
    }
}
