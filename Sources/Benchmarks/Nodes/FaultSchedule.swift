import Cluster
import PeerServers
import StateMachines

/// Does faults to servers when their time comes, and undoes those that do not last for ever.
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

    /// Roles that have a place in what is replicated.
    private static let places = Set(
        [ServerRole.leader, .follower, .head, .middle, .tail].map(\.rawValue))

    /// Does `faults`, at times that count from `begin`.
    init(
        _ faults: [StoreFault], from begin: Moment, on processes: NodeProcesses,
        over links: StoreLinks?
    ) {
        precondition(
            links != nil || !faults.contains { $0.kind.needsLinks }, "a cut without links")
        waiting = faults.sorted { $0.start < $1.start }
        self.begin = begin
        self.processes = processes
        self.links = links
    }

    /// Whether all was done and undone.
    var isOver: Bool { waiting.isEmpty && lasting.isEmpty && returning.isEmpty }

    /// Does and undoes what is due.
    ///
    /// - Throws: `PeerFailure` where no server has the role, or one cannot be started again.
    mutating func step() throws {
        let now = MonotonicClock.now
        let due = lasting.filter { $0.until <= now }
        lasting.removeAll { $0.until <= now }
        for (place, _) in due { try undo(place) }
        if let fault = waiting.first, begin + fault.start <= now {
            waiting.removeFirst()
            try apply(fault)
        }
        noteReturns()
    }

    /// Undoes what is still in force, as far as that can be done.
    mutating func abandon() {
        for (place, _) in lasting { try? undo(place) }
        lasting = []
    }

    private mutating func apply(_ fault: StoreFault) throws {
        let server = try processes.server(doing: fault.role.rawValue)
        done.append(.init(fault: fault, server: server, at: MonotonicClock.now))
        switch fault.kind {
        case .kill: try processes.kill(server)
        case .freeze: try processes.freeze(server)
        case .cut: links?.cut(server, fault.direction)
        case .reset: links?.reset(server)
        }
        if let span = fault.lasting {
            lasting.append((done.count - 1, MonotonicClock.now + span))
        }
    }

    private mutating func undo(_ place: Int) throws {
        let (fault, server) = (done[place].fault, done[place].server)
        switch fault.kind {
        case .kill:
            done[place].restarted = MonotonicClock.now
            try processes.restart(server)
            returning.append(place)
        case .freeze: try processes.thaw(server)
        case .cut: links?.heal(server, fault.direction)
        case .reset: break
        }
    }

    private mutating func noteReturns() {
        guard !returning.isEmpty else { return }
        let now = MonotonicClock.now
        for place in returning {
            if let role = processes.role(of: done[place].server), Self.places.contains(role) {
                done[place].returned = (role, now)
            }
        }
        // One that has no place after so long is told as such.
        returning.removeAll { place in
            done[place].returned != nil
                || now - (done[place].restarted ?? now) > Span(seconds: StoreSession.silence)
        }
    }
}
