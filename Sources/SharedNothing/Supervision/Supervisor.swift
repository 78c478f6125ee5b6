/// Decides who is stopped and started when a worker ends: one node of a supervision tree, or with
/// supervisors among its children a whole one.
///
/// A value without I/O: it takes what happened and when, and returns what is to be done, in order.
/// Strategies, kinds of children, restart intensity and escalation are Erlang's (OTP design
/// principles, "Supervisor Behaviour"). Two things differ. Restarts are delayed by a back-off. And
/// a transient worker that has finished is not started again because a sibling failed.
///
///     var tree = Supervisor(.restForOne, intensity: …, backoff: …, children: [
///         .worker("journal"), .worker("orders"), .worker("report", .transient),
///     ])
///     for directive in tree.start() { … }
///
/// O(children) an event. One thread at a time.
public struct Supervisor: Sendable {
    /// Who is restarted along with the child that failed.
    public enum Strategy: Sendable, Equatable, CaseIterable {
        /// Nobody.
        case oneForOne
        /// All children.
        case oneForAll
        /// The children after it in the order of starting.
        case restForOne
    }

    /// When a worker is started again.
    public enum Lasting: Sendable, Equatable, CaseIterable {
        /// However it ended.
        case permanent
        /// When it failed, and not when it finished.
        case transient
        /// Never; a sibling's failure ends it for good as well.
        case temporary
    }

    /// What it supervises.
    public indirect enum Child: Sendable {
        /// A worker, by a name that nobody else in the tree has.
        case worker(String, Lasting = .permanent)
        /// A supervisor, which fails when it gives up.
        case supervisor(Supervisor)
    }

    /// What is to be done.
    public enum Directive: Sendable, Equatable {
        /// End the worker. Its end is not reported back.
        case stop(String)
        /// Start the worker after a delay.
        case start(String, after: Duration)
        /// Nobody runs any more, and nobody is to be started: the tree has failed.
        case giveUp
    }

    fileprivate struct Entry: Sendable {
        var child: Child
        var isRunning = false
    }

    /// Who is restarted along with a child that failed.
    public let strategy: Strategy
    /// Whether it has escalated: it does nothing any more.
    public private(set) var hasGivenUp = false
    private var entries: [Entry]
    private let freshIntensity: RestartIntensity
    private let freshBackoff: Backoff
    private var intensity: RestartIntensity
    private var backoff: Backoff

    /// A supervisor of `children`, in the order in which they start. Restarts beyond `intensity`
    /// make it give up.
    public init(
        _ strategy: Strategy, intensity: RestartIntensity, backoff: Backoff, children: [Child]
    ) {
        self.strategy = strategy
        freshIntensity = intensity
        freshBackoff = backoff
        self.intensity = intensity
        self.backoff = backoff
        entries = children.map { Entry(child: $0) }
        let names = workers
        precondition(Set(names).count == names.count, "two workers of one name among \(names)")
    }

    /// The names of all workers below it, in the order in which they start.
    public var workers: [String] {
        entries.flatMap { entry -> [String] in
            switch entry.child {
            case .worker(let name, _): [name]
            case .supervisor(let supervisor): supervisor.workers
            }
        }
    }

    /// The names of the workers that run, or will after their delay, in the order of starting.
    public var runningWorkers: [String] {
        entries.flatMap { entry -> [String] in
            switch entry.child {
            case .worker(let name, _): entry.isRunning ? [name] : []
            case .supervisor(let supervisor): supervisor.runningWorkers
            }
        }
    }

    /// Starts everybody, the first child first. Whatever happened before is forgotten.
    public mutating func start() -> [Directive] { startAll(after: .zero) }

    /// Ends everybody who runs, the last child first.
    public mutating func stop() -> [Directive] {
        entries.indices.reversed().flatMap { stopEntry($0) }
    }

    /// What is to be done because `worker`, of this tree, ended at `now` without having been asked
    /// to: `failed`, or because it had finished.
    public mutating func ended(
        _ worker: String, failed: Bool, at now: MonotonicTime
    ) -> [Directive] {
        guard let index = entries.firstIndex(where: { $0.holds(worker) }) else {
            preconditionFailure("'\(worker)' is none of \(workers)")
        }
        guard !hasGivenUp, entries[index].isRunning else { return [] }
        switch entries[index].child {
        case .worker(_, let lasting):
            entries[index].isRunning = false
            guard lasting == .permanent || (lasting == .transient && failed) else { return [] }
            return recover(from: index, at: now)
        case .supervisor(var supervisor):
            var directives = supervisor.ended(worker, failed: failed, at: now)
            entries[index].child = .supervisor(supervisor)
            guard directives.last == .giveUp else { return directives }
            // The child has stopped all its own; what follows is this node's affair.
            directives.removeLast()
            entries[index].isRunning = false
            return directives + recover(from: index, at: now)
        }
    }

    /// Restarts the failed child and whoever goes with it, or gives up.
    private mutating func recover(from failed: Int, at now: MonotonicTime) -> [Directive] {
        guard intensity.permit(at: now) else {
            let stops = stop()
            hasGivenUp = true
            return stops + [.giveUp]
        }
        let affected: Range<Int>
        switch strategy {
        case .oneForOne: affected = failed..<failed + 1
        case .oneForAll: affected = 0..<entries.count
        case .restForOne: affected = failed..<entries.count
        }
        let delay = backoff.delay(afterFailureAt: now)
        let again = affected.filter { $0 == failed || entries[$0].isRunningAndLasting }
        let stops = affected.reversed().flatMap { stopEntry($0) }
        return stops + again.flatMap { startEntry($0, after: delay) }
    }

    private mutating func startAll(after delay: Duration) -> [Directive] {
        hasGivenUp = false
        intensity = freshIntensity
        backoff = freshBackoff
        return entries.indices.flatMap { startEntry($0, after: delay) }
    }

    private mutating func startEntry(_ index: Int, after delay: Duration) -> [Directive] {
        entries[index].isRunning = true
        switch entries[index].child {
        case .worker(let name, _):
            return [.start(name, after: delay)]
        case .supervisor(var supervisor):
            let directives = supervisor.startAll(after: delay)
            entries[index].child = .supervisor(supervisor)
            return directives
        }
    }

    private mutating func stopEntry(_ index: Int) -> [Directive] {
        guard entries[index].isRunning else { return [] }
        entries[index].isRunning = false
        switch entries[index].child {
        case .worker(let name, _):
            return [.stop(name)]
        case .supervisor(var supervisor):
            let directives = supervisor.stop()
            entries[index].child = .supervisor(supervisor)
            return directives
        }
    }
}

extension Supervisor.Entry {
    fileprivate func holds(_ worker: String) -> Bool {
        switch child {
        case .worker(let name, _): name == worker
        case .supervisor(let supervisor): supervisor.workers.contains(worker)
        }
    }

    fileprivate var isRunningAndLasting: Bool {
        switch child {
        case .worker(_, let lasting): isRunning && lasting != .temporary
        case .supervisor: isRunning
        }
    }
}
