public import StateMachines

/// What a client of coordinators is told once.
public struct CoordinatorClientSettings: Sendable {
    /// The cluster.
    public var cluster: ClusterID
    /// The client.
    public var node: NodeID
    /// Who the coordinators are.
    public var directory: CoordinatorDirectory
    /// How long a coordinator may take to answer; then the next is asked.
    public var timeout = Span.milliseconds(300)
    /// For how long a coordinator that did not answer is not asked first.
    public var avoidance = Span.seconds(5)
    /// How many coordinators are asked for one request, one after the other, before it is given up. A
    /// coordinator comes up again where there are fewer.
    public var attempts = 8
    /// How many of a key's coordinators are asked in turn.
    public var preferences = 3
    /// What the client does wrong.
    package var planted = Planted<CoordinatorMistake>()

    /// Settings of a client of the coordinators of `directory`.
    public init(cluster: ClusterID, node: NodeID, directory: CoordinatorDirectory) {
        (self.cluster, self.node, self.directory) = (cluster, node, directory)
    }

    /// Whether a mistake was planted; never where none can be.
    func has(_ mistake: CoordinatorMistake) -> Bool {
        planted.has(mistake)
    }
}

/// Asks the coordinator that a key belongs to, and the next where that one does not answer in time.
///
/// There is no leader to be found and nothing to be elected: fail-over takes the client one time-out, for
/// each coordinator that is away, and nothing for the requests that follow within `avoidance`. A time-out
/// is no proof that nothing was done; identifiers of an answer that comes too late are never used by
/// anyone.
public struct CoordinatorClient: StateMachine {
    /// Requests and the answers to them.
    public typealias Message = CoordinatorMessage
    /// Nothing outlives a client: its next life is another client.
    public typealias Record = Never

    /// What the application asks for.
    public struct Request: Hashable, Sendable {
        /// Says to which coordinator it goes.
        public let key: UInt64
        /// What is asked for.
        public let service: CoordinatorService
        /// How many.
        public let count: UInt64

        /// Asks for `count` identifiers.
        public init(key: UInt64, service: CoordinatorService, count: UInt64 = 1) {
            (self.key, self.service, self.count) = (key, service, count)
        }
    }

    /// What the application is told.
    public enum Event: Hashable, Sendable {
        /// The request with this number has been sent for the first time: numbers count from 1 in the order
        /// in which the application asks.
        case asked(UInt64)
        /// The identifiers that the request with this number got, from whom, and how many were asked.
        case given(UInt64, CoordinatorService, IdentifierRun, by: NodeID, attempts: Int)
        /// The request with this number cannot be met: at most so many can be had at once.
        case tooMany(UInt64, most: UInt64)
        /// A coordinator did not answer the request with this number in time.
        case timedOut(UInt64, of: NodeID)
        /// Nobody answered in time.
        case failed(UInt64)
    }

    /// How often a coordinator did not answer in time.
    public private(set) var timeouts = 0
    /// Answers that came after their request was answered or given up.
    public private(set) var late = 0

    private let settings: CoordinatorClientSettings
    private var number: UInt64 = 0
    /// What is waited for, by number.
    private var open: [Open] = []
    private var avoided: [NodeID: Moment] = [:]

    private struct Open {
        let number: UInt64
        let request: Request
        let preferences: [NodeID]
        /// Who is asked now, and how many were.
        var place: Int
        var attempts = 1
        var deadline: Moment

        var asked: NodeID { preferences[place] }
    }

    /// A client that has asked for nothing yet.
    public init(_ settings: CoordinatorClientSettings) { self.settings = settings }

    /// When the next coordinator has not answered in time.
    public var deadline: Moment? { open.map(\.deadline).min() }

    /// Does nothing: nobody has asked yet.
    public mutating func start(at now: Moment, into effects: inout Effects<Self>) {}

    /// Does nothing: it stores nothing.
    public mutating func stored(
        through position: RecordPosition, at now: Moment, into effects: inout Effects<Self>
    ) {}

    /// Asks the first coordinator of the key that has not been silent of late.
    public mutating func handle(
        _ request: Request, at now: Moment, into effects: inout Effects<Self>
    ) {
        number += 1
        let preferences = settings.directory.preferences(
            ofKey: request.key, count: settings.preferences)
        // The first that has not been silent of late; the first of all where all have.
        let place = preferences.firstIndex { (avoided[$0] ?? now) <= now } ?? 0
        let entry = Open(
            number: number, request: request, preferences: preferences, place: place,
            deadline: now + settings.timeout)
        open.append(entry)
        effects.report(.asked(number))
        ask(entry, into: &effects)
    }

    /// Asks the next coordinator where one has been silent for too long.
    public mutating func wake(at now: Moment, into effects: inout Effects<Self>) {
        for place in open.indices where open[place].deadline <= now {
            timeouts += 1
            effects.report(.timedOut(open[place].number, of: open[place].asked))
            avoided[open[place].asked] = now + settings.avoidance
            goOn(with: place, at: now, into: &effects)
        }
        removeDone(into: &effects)
    }

    /// Tells the answer to a request that is waited for, whoever it is from.
    public mutating func receive(
        _ message: CoordinatorMessage, from sender: NodeID, at now: Moment,
        into effects: inout Effects<Self>
    ) {
        guard message.cluster == settings.cluster,
            case .answer(let id, let answer) = message.content,
            id.client == settings.node
        else { return }
        let found =
            settings.has(.answerTakenForAnother)
            ? open.indices.first : open.firstIndex { $0.number == id.number }
        guard let place = found else {
            late += 1
            count(answer, to: id, of: sender, into: &effects)
            return
        }
        avoided[sender] = nil
        let entry = open[place]
        switch answer {
        case .given(let run):
            open.remove(at: place)
            effects.report(
                .given(
                    entry.number, entry.request.service, run, by: sender,
                    attempts: entry.attempts))
        case .most(let most):
            open.remove(at: place)
            effects.report(.tooMany(entry.number, most: most))
        case .busy:
            // From one that is asked no more it says nothing about who is.
            guard entry.asked == sender else { return }
            goOn(with: place, at: now, into: &effects)
            removeDone(into: &effects)
        }
    }

    /// The mistake of counting an answer that comes again.
    private func count(
        _ answer: CoordinatorAnswer, to id: RequestID, of sender: NodeID,
        into effects: inout Effects<Self>
    ) {
        guard settings.has(.everyAnswerCounted), case .given(let run) = answer else { return }
        effects.report(.given(id.number, .stamps, run, by: sender, attempts: 1))
    }

    /// Asks the next coordinator.
    private mutating func goOn(
        with place: Int, at now: Moment, into effects: inout Effects<Self>
    ) {
        open[place].attempts += 1
        guard open[place].attempts <= settings.attempts else { return }
        open[place].place = (open[place].place + 1) % open[place].preferences.count
        open[place].deadline = now + settings.timeout
        ask(open[place], into: &effects)
    }

    private mutating func removeDone(into effects: inout Effects<Self>) {
        for entry in open where entry.attempts > settings.attempts {
            effects.report(.failed(entry.number))
        }
        open.removeAll { $0.attempts > settings.attempts }
    }

    private func ask(_ entry: Open, into effects: inout Effects<Self>) {
        let request = CoordinatorRequest(
            id: RequestID(client: settings.node, number: entry.number),
            oldest: open.first?.number ?? entry.number, service: entry.request.service,
            count: entry.request.count, home: entry.preferences[0])
        effects.send(
            CoordinatorMessage(cluster: settings.cluster, .ask(request)), to: entry.asked)
    }
}
