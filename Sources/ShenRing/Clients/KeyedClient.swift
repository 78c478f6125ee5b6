public import Randomness
public import StateMachines

/// A client of a replicated store, of whichever protocol: it sends requests, again under the same
/// name until they are answered, follows redirections, and tells the history of it.
///
/// It remembers nothing over a restart: requests that were under way are never heard of again, and
/// may take effect. O(1) a step on average.
///
/// Its steps are specialised for the messages of this package's stores: from another module the compiler
/// would look types up with every field.
public struct KeyedClient<Message: ClientMessaging>: StateMachine {
    /// A client makes nothing durable.
    public typealias Record = Never
    /// What its application asks.
    public typealias Request = ClientCommand
    /// What it tells.
    public typealias Event = ClientEvent

    private struct UnderWay {
        let key: UInt64
        let operation: KeyedOperation
        var isDone = false
        /// The server that it was sent to last.
        var asked: NodeID
        /// Which sending of it is the last one: earlier timers are void.
        var sending: UInt64 = 0
        var redirections = 0
        /// How often in a row a server had no room for it.
        var refusals = 0
    }

    private struct Timer {
        let moment: Moment
        let number: UInt64
        let sending: UInt64
    }

    /// The client's node.
    public let id: NodeID
    /// How it behaves.
    public private(set) var settings: ClientSettings
    /// How many requests are under way.
    public private(set) var underWay = 0

    private var random: Xoshiro256StarStar
    /// The server to try first: the place in `settings.servers`.
    private var favourite: Int
    /// The server that was turned to last: the place in `settings.servers`. Turns go round by themselves, since
    /// servers that are members no more may send a client from one to the other for ever, and past the others.
    private var turned: Int
    /// When a silent server last made the client turn to the next one.
    private var turnedAt = Moment(nanoseconds: .min)
    private var oldest: UInt64
    /// The requests from `oldest` on.
    private var window: [UnderWay] = []
    private var head = 0
    private var sendings: UInt64 = 0
    /// When to send again what was not answered, and what was not taken: each in the order of
    /// moments, the latter by insertion.
    private var patience = WaitingLine<Timer>()
    private var backoff = WaitingLine<Timer>()
    /// When the next requests are due, for load with pauses.
    private var pauses = WaitingLine<Moment>()
    /// How many requests of its own load wait for room in the window, and those of its application.
    private var postponed = 0
    private var waiting = WaitingLine<(key: UInt64, operation: KeyedOperation)>()
    private var made: UInt64 = 0
    private var isStopped = false
    /// What each key held when this client last heard of it, for comparisons that have a chance.
    private var seen: [UInt64: [UInt8]] = [:]

    /// A client's life.
    public init(_ id: NodeID, settings: ClientSettings, seed: Seed) {
        precondition(
            (0...20).contains(settings.backoffDoublings),
            "a back-off that doubles \(settings.backoffDoublings) times")
        self.id = id
        self.settings = settings
        random = seed.generator()
        oldest = settings.firstNumber
        favourite = Int(random.next(below: UInt64(settings.servers.count)))
        turned = favourite
    }

    /// Begins its load.
    @_specialize(where Message == ChainMessage)
    @_specialize(where Message == QuorumMessage)
    public mutating func start(at now: Moment, into effects: inout Effects<Self>) {
        guard let load = settings.load else { return }
        for _ in 0..<load.window { makeRequest(load, at: now, into: &effects) }
    }

    /// Takes an answer; what is none, or is one to what is done, changes nothing.
    @_specialize(where Message == ChainMessage)
    @_specialize(where Message == QuorumMessage)
    public mutating func receive(
        _ message: Message, from sender: NodeID, at now: Moment, into effects: inout Effects<Self>
    ) {
        guard let answer = message.answer(cluster: settings.cluster), answer.id.client == id,
            let place = place(of: answer.id.number)
        else { return }
        let sender = settings.isAnsweredByOthers ? window[place].asked : sender
        switch answer.outcome {
        case .redirected(let server):
            redirect(place, to: server, from: sender, at: now, into: &effects)
        case .overloaded:
            window[place].refusals += 1
            wait(place, for: backoff(after: window[place].refusals), at: now)
        case .forgotten:
            finish(place, at: now, into: &effects)
            effects.report(.abandoned(answer.id))
        case .written, .mismatch, .value:
            note(answer.outcome, of: window[place])
            if let server = settings.servers.firstIndex(of: sender),
                !window[place].operation.isRead || settings.reads == .asWrites
            {
                favourite = server
            }
            effects.report(.answered(answer.id, answer.outcome))
            finish(place, at: now, into: &effects)
        }
    }

    /// Asks what its application wants asked, or stops its own load.
    @_specialize(where Message == ChainMessage)
    @_specialize(where Message == QuorumMessage)
    public mutating func handle(
        _ request: ClientCommand, at now: Moment, into effects: inout Effects<Self>
    ) {
        switch request {
        case .perform(let key, let operation):
            guard hasRoom, waiting.first == nil else { return waiting.append((key, operation)) }
            invoke(key: key, operation, at: now, into: &effects)
        case .stop:
            isStopped = true
            postponed = 0
            pauses.removeAll()
        case .resume:
            guard isStopped, let load = settings.load else { return }
            isStopped = false
            for _ in underWay..<max(underWay, load.window) {
                makeRequest(load, at: now, into: &effects)
            }
        case .meet(let server):
            if !settings.servers.contains(server) { settings.servers.append(server) }
        }
    }

    /// Sends again what is not answered, and makes the requests that are due.
    @_specialize(where Message == ChainMessage)
    @_specialize(where Message == QuorumMessage)
    public mutating func wake(at now: Moment, into effects: inout Effects<Self>) {
        while let timer = patience.first, timer.moment <= now {
            patience.removeFirst()
            guard let place = place(of: timer.number, sending: timer.sending) else { continue }
            turn(from: window[place].asked, askedAt: timer.moment - settings.patience, at: now)
            send(place, isRetry: true, at: now, into: &effects)
        }
        while let timer = backoff.first, timer.moment <= now {
            backoff.removeFirst()
            guard let place = place(of: timer.number, sending: timer.sending) else { continue }
            send(place, isRetry: true, at: now, into: &effects)
        }
        while let moment = pauses.first, moment <= now {
            pauses.removeFirst()
            if let load = settings.load { makeRequest(load, at: now, into: &effects) }
        }
    }

    /// Nothing of it is durable.
    public mutating func stored(
        through position: RecordPosition, at now: Moment, into effects: inout Effects<Self>
    ) {}

    /// The next time to send something again, or something new.
    public var deadline: Moment? {
        var first = pauses.first
        for moment in [patience.first?.moment, backoff.first?.moment] {
            if let moment, first.map({ moment < $0 }) ?? true { first = moment }
        }
        return first
    }
}

// What is under way.
extension KeyedClient {
    /// The place of a request that is under way; nil where it is done.
    private func place(of number: UInt64) -> Int? {
        guard number >= oldest, number - oldest < UInt64(window.count - head) else { return nil }
        let place = head + Int(number - oldest)
        return window[place].isDone ? nil : place
    }

    private func place(of number: UInt64, sending: UInt64) -> Int? {
        place(of: number).flatMap { window[$0].sending == sending ? $0 : nil }
    }

    /// Whether servers would remember one more request. A single one that is refused again and again would else
    /// have all that come after it run out of the servers' windows, and be dropped there.
    private var hasRoom: Bool { window.count - head < Int(KeyedState.window) }

    /// Makes the requests that have waited for room.
    private mutating func useRoom(at now: Moment, into effects: inout Effects<Self>) {
        while hasRoom, let request = waiting.first {
            waiting.removeFirst()
            invoke(key: request.key, request.operation, at: now, into: &effects)
        }
        guard postponed > 0, let load = settings.load else { return }
        while postponed > 0, hasRoom {
            postponed -= 1
            makeRequest(load, at: now, into: &effects)
        }
    }

    private mutating func invoke(
        key: UInt64, _ operation: KeyedOperation, at now: Moment, into effects: inout Effects<Self>
    ) {
        window.append(
            UnderWay(key: key, operation: operation, asked: settings.servers[favourite]))
        underWay += 1
        effects.report(.invoked(id(of: window.count - 1), key: key, operation))
        send(window.count - 1, isRetry: false, at: now, into: &effects)
    }

    private func id(of place: Int) -> RequestID {
        RequestID(client: id, number: oldest + UInt64(place - head))
    }

    private mutating func send(
        _ place: Int, isRetry: Bool, at now: Moment, into effects: inout Effects<Self>
    ) {
        sendings += 1
        window[place].sending = sendings
        let id = id(of: place)
        let request = ClientRequest(
            id: id, oldest: oldest, key: window[place].key, operation: window[place].operation)
        let server = server(for: window[place].operation, isRetry: isRetry)
        window[place].asked = server
        effects.send(.request(request, cluster: settings.cluster), to: server)
        patience.append(
            Timer(moment: now + settings.patience, number: id.number, sending: sendings))
    }

    private mutating func server(for operation: KeyedOperation, isRetry: Bool) -> NodeID {
        guard operation.isRead else { return settings.servers[favourite] }
        switch settings.reads {
        case .at(let server) where !isRetry: return server
        case .asWrites, .at: return settings.servers[favourite]
        case .anywhere:
            return settings.servers[Int(random.next(below: UInt64(settings.servers.count)))]
        }
    }

    /// Sends a request elsewhere: at once where the server said where, and the client was not sent
    /// round and round.
    private mutating func redirect(
        _ place: Int, to server: NodeID?, from sender: NodeID, at now: Moment,
        into effects: inout Effects<Self>
    ) {
        window[place].redirections += 1
        window[place].refusals = 0
        if let server, let known = settings.servers.firstIndex(of: server), server != sender {
            favourite = known
            if window[place].redirections <= 3 {
                return send(place, isRetry: true, at: now, into: &effects)
            }
            turn()
        } else if settings.servers[favourite] == sender {
            turn()
        }
        wait(place, for: settings.backoff, at: now)
    }

    /// Turns to the next server, as one is silent: once for each silence, though many requests wait for
    /// it. Those that it was sent before the client turned away go where the client has turned to.
    private mutating func turn(from silent: NodeID, askedAt: Moment, at now: Moment) {
        guard settings.servers[favourite] == silent, askedAt >= turnedAt else { return }
        turn()
        turnedAt = now
    }

    /// Turns to the server whose turn it is, which is another one than so far where there is one.
    private mutating func turn() {
        let count = settings.servers.count
        turned = (turned + 1) % count
        if turned == favourite { turned = (turned + 1) % count }
        favourite = turned
    }

    /// How long to wait with a request that servers had no room for so many times in a row: the back-off
    /// doubled each time, up to a limit, and of that the second half at random ("equal jitter": M.
    /// Brooker, "Exponential backoff and jitter", 2015). Else clients that were refused together
    /// would come together again, with all that they carry, as often as an idle server has room.
    private mutating func backoff(after refusals: Int) -> Span {
        let longest = settings.backoff * (1 << min(refusals - 1, settings.backoffDoublings))
        let jitter = random.next(below: UInt64(longest.nanoseconds / 2) + 1)
        return longest - Span(nanoseconds: Int64(jitter))
    }

    private mutating func wait(_ place: Int, for span: Span, at now: Moment) {
        sendings += 1
        window[place].sending = sendings
        window[place].redirections = 0
        let timer = Timer(moment: now + span, number: id(of: place).number, sending: sendings)
        backoff.insert(timer) { $0.moment <= $1.moment }
    }

    private mutating func finish(
        _ place: Int, at now: Moment, into effects: inout Effects<Self>
    ) {
        window[place].isDone = true
        underWay -= 1
        while head < window.count, window[head].isDone {
            head += 1
            oldest += 1
        }
        if head == window.count || head >= 64 && head * 2 >= window.count {
            window.removeFirst(head)
            head = 0
        }
        useRoom(at: now, into: &effects)
        guard !isStopped, let load = settings.load else { return }
        if load.pause == .zero {
            makeRequest(load, at: now, into: &effects)
        } else {
            pauses.append(now + load.pause)
        }
    }
}

// Its own load.
extension KeyedClient {
    private mutating func makeRequest(
        _ load: ClientLoad, at now: Moment, into effects: inout Effects<Self>
    ) {
        guard !isStopped, load.requests.map({ made < $0 }) ?? true else { return }
        guard hasRoom else {
            postponed += 1
            return
        }
        made += 1
        let key = load.firstKey + random.next(below: load.keys)
        let operation: KeyedOperation
        if random.nextUnit() < load.reads {
            operation = .read
        } else {
            let number = oldest + UInt64(window.count - head)
            let value = Self.value(of: id, number, bytes: load.valueBytes)
            operation =
                random.nextUnit() < load.comparisons
                ? .compareAndSet(expected: seen[key], value: value) : .write(value)
        }
        invoke(key: key, operation, at: now, into: &effects)
    }

    /// Bytes that no other request writes.
    private static func value(of client: NodeID, _ number: UInt64, bytes: Int) -> [UInt8] {
        var value = [UInt8](repeating: 0, count: max(12, bytes))
        for place in 0..<4 {
            value[place] = UInt8(truncatingIfNeeded: client.rawValue >> (8 * place))
        }
        for place in 0..<8 {
            value[4 + place] = UInt8(truncatingIfNeeded: number >> (8 * UInt64(place)))
        }
        return value
    }

    private mutating func note(_ outcome: RequestOutcome, of request: UnderWay) {
        guard settings.load.map({ $0.comparisons > 0 }) ?? false else { return }
        switch (outcome, request.operation) {
        case (.value(let value), _), (.mismatch(let value), _): seen[request.key] = value
        case (.written, .write(let value)), (.written, .compareAndSet(_, let value)):
            seen[request.key] = value
        default: break
        }
    }
}
