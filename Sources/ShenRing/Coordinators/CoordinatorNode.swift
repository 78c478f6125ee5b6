public import StateMachines

/// What a coordinator has to keep over a crash.
public enum CoordinatorRecord: Hashable, Sendable {
    /// Timestamps of milliseconds before this one may have been given out.
    case time(before: UInt64)
    /// Numbers before this one may have been given out.
    case numbers(before: UInt64)
}

/// A coordinator: gives out timestamps and numbers that nobody else gives out and that it never gives out
/// again, without asking anyone.
///
/// - Timestamps carry its machine number, so no two coordinators' are alike. Its own rise: within a
///   millisecond they are numbered; when the numbers are used up the next wait for the next millisecond;
///   when the wall clock is set back they keep the highest millisecond seen until its numbers are used up,
///   and then wait for the clock to come back.
/// - Before a millisecond or a number is used, a record that reserves it is durable, together with many
///   after it. After a crash the coordinator goes on above all that was reserved, whatever its clock says.
/// - A retry that it remembers gets the answer that it got. What it remembers is lost in a crash: the
///   retry gets others then, and the client uses one answer.
///
/// These are the rules of `Pharaoh`'s Scarab and Obelisk, as a value without I/O. What coordinators that do
/// not talk to each other give up: a timestamp may be lower than one of another coordinator that was known
/// before it was asked for, by as much as their clocks differ.
///
/// A step is O(1) but for the requests that it answers.
public struct CoordinatorNode: StateMachine {
    /// Requests of clients and the answers to them.
    public typealias Message = CoordinatorMessage
    /// Reservations; the highest of each kind counts.
    public typealias Record = CoordinatorRecord

    /// What the shell tells a coordinator.
    public enum Request: Hashable, Sendable {
        /// The wall clock reads so much more than the node's own, which never goes back.
        case wallClock(ahead: Span)
    }

    /// What the application on its node is told.
    public enum Event: Hashable, Sendable {}

    /// What was not done, by cause.
    public struct Ignored: Hashable, Sendable {
        /// Messages of another cluster.
        public var foreign = 0
        /// Answers, which no coordinator asks for.
        public var unasked = 0
        /// Requests that their client no longer waits for.
        public var forgotten = 0
    }

    /// What it has ignored.
    public private(set) var ignored = Ignored()
    /// How many identifiers it has given out in this life.
    public private(set) var given: UInt64 = 0

    private let settings: CoordinatorSettings
    private var ahead = Span.zero
    private var stamps: StampSource
    private var numbers: NumberSource
    private var waiting: [CoordinatorService: [Waiting]] = [:]
    private var sessions: [NodeID: Session] = [:]
    private var reservations: [Reservation] = []

    private struct Waiting {
        let request: CoordinatorRequest
        let sender: NodeID
        let since: Moment
    }

    private struct Session {
        var oldest: UInt64 = 1
        var answers: [UInt64: CoordinatorAnswer] = [:]
        /// What was answered last, for the mistake of answering by that.
        var last: CoordinatorAnswer?
    }

    private struct Reservation {
        let position: RecordPosition
        let record: CoordinatorRecord
    }

    /// The coordinator in one of its lives.
    ///
    /// - Parameter recovered: what its disk holds.
    public init(_ settings: CoordinatorSettings, recovered: [CoordinatorRecord]) {
        self.settings = settings
        stamps = StampSource(settings)
        numbers = NumberSource(settings)
        for record in recovered {
            switch record {
            case .time(let before): stamps.recover(before: before)
            case .numbers(let before): numbers.recover(before: before)
            }
        }
    }

    /// When the wall clock comes to the millisecond that the first request waits for, or its patience
    /// ends.
    public private(set) var deadline: Moment?

    /// Reserves the first window, above all that lives before had reserved.
    public mutating func start(at now: Moment, into effects: inout Effects<Self>) {
        reserve(at: now, into: &effects)
    }

    /// Hears that its wall clock was set, and answers whom that serves.
    public mutating func handle(
        _ request: Request, at now: Moment, into effects: inout Effects<Self>
    ) {
        switch request {
        case .wallClock(let ahead): self.ahead = ahead
        }
        serve(at: now, into: &effects)
    }

    /// Answers whose millisecond has come, and those who have waited for too long.
    public mutating func wake(at now: Moment, into effects: inout Effects<Self>) {
        serve(at: now, into: &effects)
    }

    /// Answers those who waited for a reservation.
    public mutating func stored(
        through position: RecordPosition, at now: Moment, into effects: inout Effects<Self>
    ) {
        while let first = reservations.first, first.position <= position {
            reservations.removeFirst()
            switch first.record {
            case .time(let before): stamps.durable = max(stamps.durable, before)
            case .numbers(let before): numbers.durable = max(numbers.durable, before)
            }
        }
        serve(at: now, into: &effects)
    }
}

extension CoordinatorNode {
    /// Answers a request at once if it can, in the order in which they came.
    public mutating func receive(
        _ message: CoordinatorMessage, from sender: NodeID, at now: Moment,
        into effects: inout Effects<Self>
    ) {
        guard message.cluster == settings.cluster else { return ignored.foreign += 1 }
        guard case .ask(let request) = message.content else { return ignored.unasked += 1 }
        if let answer = remembered(request) {
            return send(answer, to: request, of: sender, into: &effects)
        }
        guard request.id.number >= (sessions[request.id.client]?.oldest ?? 0) else {
            return ignored.forgotten += 1
        }
        let most = request.service == .stamps ? settings.layout.perMillisecond : settings.reserve
        guard (1...most).contains(request.count) else {
            return send(.most(most), to: request, of: sender, into: &effects)
        }
        let queue = waiting[request.service, default: []]
        // A retry of what waits has nothing to add.
        if queue.contains(where: { $0.request.id == request.id }) { return }
        guard queue.count < settings.queue else {
            return send(.busy, to: request, of: sender, into: &effects)
        }
        waiting[request.service, default: []].append(
            Waiting(request: request, sender: sender, since: now))
        serve(at: now, into: &effects)
    }

    /// Answers what can be answered, in the order in which it came, and reserves what will be needed.
    private mutating func serve(at now: Moment, into effects: inout Effects<Self>) {
        deadline = nil
        for service in CoordinatorService.allCases {
            var queue = (waiting[service] ?? [])[...]
            while let first = queue.first, let answer = answer(first, at: now) {
                queue.removeFirst()
                remember(answer, to: first.request)
                send(answer, to: first.request, of: first.sender, into: &effects)
            }
            waiting[service] = Array(queue)
        }
        reserve(at: now, into: &effects)
    }

    /// The answer to a request that waits; nil where it goes on waiting.
    private mutating func answer(_ waiting: Waiting, at now: Moment) -> CoordinatorAnswer? {
        let request = waiting.request
        let run: IdentifierRun?
        switch request.service {
        case .stamps: run = stamps.take(request.count, at: millisecond(at: now), for: request.home)
        case .numbers: run = numbers.take(request.count, for: request.home)
        }
        if let run {
            given += run.count
            return .given(run)
        }
        guard request.service == .stamps else { return nil }
        let (next, patience) = (stamps.next(request.count), waiting.since + settings.patience)
        guard millisecond(at: now) < next else { return nil }
        if now >= patience { return .busy }
        deadline = min(patience, moment(of: next))
        return nil
    }

    /// Has what will be needed next made durable, unless that is under way.
    private mutating func reserve(at now: Moment, into effects: inout Effects<Self>) {
        let time = waiting[.stamps]?.first.map { stamps.next($0.request.count) } ?? 0
        if let before = stamps.reservation(for: max(time, millisecond(at: now))) {
            store(.time(before: before), into: &effects)
        }
        let wanted = waiting[.numbers]?.first?.request.count ?? 0
        if let before = numbers.reservation(for: wanted) {
            store(.numbers(before: before), into: &effects)
        }
    }

    private mutating func store(
        _ record: CoordinatorRecord, into effects: inout Effects<Self>
    ) {
        reservations.append(Reservation(position: effects.store(record), record: record))
    }

    /// What the wall clock reads, in milliseconds; 0 before its beginning.
    private func millisecond(at now: Moment) -> UInt64 {
        UInt64(max(0, (now + ahead).nanoseconds) / 1_000_000)
    }

    /// When the wall clock comes to a millisecond.
    private func moment(of millisecond: UInt64) -> Moment {
        Moment(nanoseconds: Int64(millisecond) * 1_000_000) - ahead
    }

    private func send(
        _ answer: CoordinatorAnswer, to request: CoordinatorRequest, of sender: NodeID,
        into effects: inout Effects<Self>
    ) {
        effects.send(
            CoordinatorMessage(cluster: settings.cluster, .answer(request.id, answer)), to: sender)
    }
}

/// Sessions: what clients were answered.
extension CoordinatorNode {
    private func remembered(_ request: CoordinatorRequest) -> CoordinatorAnswer? {
        let session = sessions[request.id.client]
        if settings.has(.answerByClientAlone), let last = session?.last { return last }
        return session?.answers[request.id.number]
    }

    private mutating func remember(
        _ answer: CoordinatorAnswer, to request: CoordinatorRequest
    ) {
        guard case .given = answer else { return }
        var session = sessions[request.id.client] ?? Session()
        session.oldest = max(session.oldest, min(request.oldest, request.id.number))
        let (oldest, memory) = (session.oldest, UInt64(settings.memory))
        session.answers[request.id.number] = answer
        session.last = answer
        if session.answers.count > settings.memory {
            // A client that waits for more than that has itself to blame.
            session.oldest = max(oldest, request.id.number - min(request.id.number, memory))
            session.answers = session.answers.filter { $0.key >= session.oldest }
        }
        sessions[request.id.client] = session
    }
}
