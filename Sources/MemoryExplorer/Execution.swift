/// One run of an explored program: its threads take turns, one operation a turn, as the decisions say.
///
/// Only one thread runs at any time, and hands over by batons: all state here is that thread's.
final class Execution: @unchecked Sendable {
    /// What goes wrong, or takes too long.
    struct Failure {
        let what: String
        let trace: [String]
    }

    /// Operations after which an execution is taken to make no progress.
    private static let longest = 20_000
    /// Pauses that a thread may make without anybody having written anything meanwhile; after
    /// those others have to go on first. As many as any wait makes before it sleeps.
    private static let freePauses = 1

    var memory = Memory()
    private(set) var agents = [Agent(0)]
    private(set) var running = 0
    private(set) var failure: Failure?
    /// Whether this execution would only repeat others: it is brought to its end, and not branched.
    private(set) var isRepeating = false
    /// Locations that were found to be shared, though `shared` did not have them.
    private(set) var newlyShared: Set<Int> = []

    private var decisions: Decisions
    private let shared: Set<Int>
    private var batons = [Baton()]
    private var skipped: UInt64 = 0
    private var areThreadsRunning = false
    private var isStarting = false
    private var idleRounds = 0
    /// Addresses of what was given back, and goes when the execution is over: what a program does may
    /// depend on which addresses it has seen before.
    private var quarantine: [UInt] = []
    private var trace: [(thread: Int, operation: Operation, result: UInt64)] = []

    init(_ decisions: Decisions, shared: Set<Int>) {
        self.decisions = decisions
        self.shared = shared
    }

    deinit {
        for address in quarantine {
            // SAFETY: handed over by `deallocate`; the threads of an execution that failed keep it.
            unsafe UnsafeMutableRawPointer(bitPattern: address)?.deallocate()
        }
    }

    /// The decisions, after the execution.
    var remaining: Decisions { decisions }

    /// Runs the bodies to their end, each on a thread of its own.
    func run(_ bodies: [@Sendable () -> Void], on threads: [ReusedThread]) {
        for index in bodies.indices {
            var agent = Agent(index + 1)
            agent.known = agents[0].known
            agents.append(agent)
            batons.append(Baton())
        }
        areThreadsRunning = true
        // Each runs as far as its first operation, which it does not do yet.
        for (index, body) in bodies.enumerated() where failure == nil {
            running = index + 1
            isStarting = true
            threads[index].run { [self] in
                body()
                agents[index + 1].status = .finished
                agents[index + 1].pending = nil
                handOver()
            }
            batons[0].wait()
        }
        guard failure == nil else { return }
        isStarting = false
        running = 0
        if agents.dropFirst().contains(where: { $0.status != .finished }) {
            handOver()
        }
        areThreadsRunning = false
        for agent in agents.dropFirst() { agents[0].known.join(agent.known) }
    }

    /// Lets `body` look at what came of it, as thread 0.
    func look(_ body: @escaping @Sendable () -> Void, on thread: ReusedThread) {
        thread.run { [self] in
            body()
            batons[0].pass()
        }
        batons[0].wait()
    }

    // MARK: What the threads do

    /// Does an operation when it is this thread's turn; returns what was read.
    func perform(_ kind: Operation.Kind, at address: UInt?) -> UInt64 {
        var location: Int?
        if let address {
            guard let number = memory.number(at: address) else {
                fail("an atomic is used that does not live")
            }
            location = number
        }
        let operation = Operation(kind: kind, location: location)
        if areThreadsRunning {
            agents[running].isPausing = false
            note(location)
            if isShared(location) {
                agents[running].pending = operation
                let me = running
                handOver()
                precondition(running == me, "a thread runs out of turn")
                agents[running].pending = nil
            }
        }
        let result = execute(operation)
        trace.append((running, operation, result))
        if trace.count > Self.longest { fail("no end after \(Self.longest) operations") }
        return result
    }

    /// A wait between two looks of a spin loop.
    func pause() {
        guard areThreadsRunning, !agents[running].isPausing else { return }
        agents[running].pause(
            { memory.locations[$0].writes.count - 1 }, locations: memory.locations.count)
        guard agents[running].pauses > Self.freePauses else { return }
        agents[running].status = .spinning
        handOver()
    }

    /// What this thread's clock says.
    func now() -> UInt64 { agents[running].clock }

    /// Whether this thread's clock has come to `deadline`: it may at any time, and it does where
    /// nobody else can go on.
    func hasPassed(_ deadline: UInt64) -> Bool {
        guard deadline > agents[running].clock else { return true }
        guard areThreadsRunning else { return false }
        guard idleRounds > 0 || choose([0, 1]) == 1 else { return false }
        agents[running].clock = deadline
        return true
    }

    /// Says that something is not as it should be. Does not return: the threads of a failed
    /// execution stay where they are.
    func fail(_ what: String) -> Never {
        failure = Failure(
            what: running == 0 ? what : "thread \(running): \(what)",
            trace: trace.map {
                "thread \($0.thread): \($0.operation)"
                    + ($0.operation.tellsResult ? " → \($0.result)" : "")
            })
        batons[0].pass()
        while true { Baton().wait() }
    }

    func initialize(_ address: UInt, to value: UInt64) {
        memory.initialize(address, to: value, by: &agents[running], isLate: areThreadsRunning)
    }

    func touchPlain(_ address: UInt, isWrite: Bool) {
        if let collision = memory.touchPlain(address, isWrite: isWrite, by: &agents[running]) {
            fail("a plain \(isWrite ? "write" : "read") \(collision)")
        }
    }

    func deallocate(_ range: Range<UInt>) {
        if let collision = memory.free(range, by: agents[running]) {
            fail("memory \(collision)")
        }
        quarantine.append(range.lowerBound)
    }

    // MARK: Turns

    /// Whether the order of operations on this location may matter: only one thread uses the others.
    private func isShared(_ location: Int?) -> Bool {
        guard let location else { return true }
        return shared.contains(location) || memory.locations[location].isLate
    }

    private func note(_ location: Int?) {
        guard let location, !isShared(location) else { return }
        let others = memory.locations[location].threads.subtracting([running])
        if !others.isEmpty {
            newlyShared.insert(location)
            isRepeating = true
        }
    }

    /// Gives the turn to the thread that the decisions name, and returns when it is this thread's
    /// again. Thread 0 returns when all have finished.
    private func handOver() {
        let me = running
        // Nothing may be looked at once a baton is passed: all of it is the next thread's then.
        let isFinished = agents[me].status == .finished
        let baton = batons[me]
        if isStarting {
            batons[0].pass()
        } else if let next = nextThread() {
            if next == me { return }
            running = next
            batons[next].pass()
        } else {
            running = 0
            batons[0].pass()
        }
        if !isFinished { baton.wait() }
    }

    /// Nil when all have finished.
    private func nextThread() -> Int? {
        while true {
            var enabled: UInt64 = 0
            for agent in agents.dropFirst() where agent.isEnabled {
                enabled |= 1 << UInt64(agent.number)
            }
            if enabled != 0 { return turn(enabled) }
            if agents.dropFirst().allSatisfy({ $0.status == .finished }) { return nil }
            let spinning = agents.indices.filter { agents[$0].status == .spinning }
            if spinning.isEmpty || idleRounds > 8 {
                let asleep = agents.filter {
                    if case .asleep = $0.status { true } else { false }
                }
                fail(
                    spinning.isEmpty
                        ? "threads \(asleep.map(\.number)) sleep, and nobody is left to wake them"
                        : "threads \(spinning) spin for something that nobody will write")
            }
            idleRounds += 1
            for index in spinning { agents[index].status = .ready }
        }
    }

    private func turn(_ enabled: UInt64) -> Int {
        if !isRepeating {
            if let next = decisions.turn(enabled: enabled, skipped: skipped, current: running) {
                passOver(skipped | next.tried, for: next.thread)
                return next.thread
            }
            isRepeating = true
        }
        // Whoever comes after the running one: so that everybody gets on.
        let later = enabled & ~((2 << UInt64(running)) - 1)
        return (later != 0 ? later : enabled).trailingZeroBitCount
    }

    /// After this turn of `thread` those in `tried` are still not to have theirs, unless it matters
    /// that they come after it.
    private func passOver(_ tried: UInt64, for thread: Int) {
        skipped = 0
        for agent in agents where tried & (1 << UInt64(agent.number)) != 0 && agent.number != thread
        {
            // Without an operation to do it is at the end of a pause, of which everything depends.
            guard let mine = agents[thread].pending, let theirs = agent.pending else { continue }
            if !mine.depends(on: theirs) { skipped |= 1 << UInt64(agent.number) }
        }
    }

    // MARK: Operations

    private func execute(_ operation: Operation) -> UInt64 {
        let location = operation.location ?? -1
        switch operation.kind {
        case .load(let isAcquiring):
            let index = choose(memory.readable(location, by: agents[running]))
            return memory.load(location, index, isAcquiring: isAcquiring, by: &agents[running])
        case .store(let value, let isReleasing):
            memory.store(location, value, isReleasing: isReleasing, by: &agents[running])
            somethingWasWritten()
            return value
        case .update(let update, let isAcquiring, let isReleasing):
            let old = memory.update(
                location, isAcquiring: isAcquiring, isReleasing: isReleasing, by: &agents[running]
            ) {
                switch update {
                case .exchange(let value): value
                case .add(let amount): $0 &+ amount
                case .setBits(let bits): $0 | bits
                }
            }
            somethingWasWritten()
            return old
        case .compareExchange(let expected, let desired, let isAcquiring, let isReleasing):
            return compareExchange(
                location, expected, desired, isAcquiring: isAcquiring, isReleasing: isReleasing)
        case .fence:
            memory.fence(&agents[running])
            return 0
        case .fenceEverywhere:
            memory.fence(&agents[running])
            for index in agents.indices where index != running { memory.fence(&agents[index]) }
            memory.fence(&agents[running])
            return 0
        case .sleep(let value, let deadline):
            return sleep(location, while: value, until: deadline)
        case .timeOut:
            preconditionFailure("the end of a sleep is no operation of its own")
        case .wake(let count):
            return wake(location, count: count)
        }
    }

    private func compareExchange(
        _ location: Int, _ expected: UInt64, _ desired: UInt64, isAcquiring: Bool,
        isReleasing: Bool
    ) -> UInt64 {
        let index = choose(memory.comparable(location, expected: expected, by: agents[running]))
        let write = memory.locations[location].writes[index]
        guard write.value == expected else {
            return memory.load(location, index, isAcquiring: isAcquiring, by: &agents[running])
        }
        let old = memory.update(
            location, isAcquiring: isAcquiring, isReleasing: isReleasing, by: &agents[running]
        ) { _ in desired }
        if desired != expected { somethingWasWritten() }
        return old
    }

    private func choose(_ indices: [Int]) -> Int {
        if indices.count == 1 || isRepeating || !areThreadsRunning { return indices[0] }
        return indices[decisions.value(count: indices.count)]
    }

    /// 0 where the deadline ended it.
    private func sleep(_ location: Int, while value: UInt64, until deadline: UInt64?) -> UInt64 {
        // The kernel compares with what the word is, not with what it once was.
        let last = memory.locations[location].writes.count - 1
        guard memory.load(location, last, isAcquiring: false, by: &agents[running]) == value else {
            return 1
        }
        let me = running
        agents[me].status = .asleep(location)
        agents[me].wakesAt = deadline
        if deadline != nil {
            agents[me].pending = Operation(kind: .timeOut, location: location)
        }
        handOver()
        guard agents[me].status == .asleep(location), let deadline else { return 1 }
        // Its turn came, and nobody has woken it.
        trace.append((me, Operation(kind: .timeOut, location: location), 0))
        agents[me].status = .ready
        agents[me].wakesAt = nil
        agents[me].pending = nil
        agents[me].clock = max(agents[me].clock, deadline)
        return 0
    }

    private func wake(_ location: Int, count: Int) -> UInt64 {
        var sleepers = agents.indices.filter { agents[$0].status == .asleep(location) }
        var woken: UInt64 = 0
        while woken < count, !sleepers.isEmpty {
            let chosen = choose(Array(sleepers.indices))
            let sleeper = sleepers.remove(at: chosen)
            agents[sleeper].status = .ready
            agents[sleeper].wakesAt = nil
            agents[sleeper].pending = nil
            woken += 1
        }
        return woken
    }

    private func somethingWasWritten() {
        idleRounds = 0
        for index in agents.indices where index != running {
            agents[index].pauses = 0
            if agents[index].status == .spinning { agents[index].status = .ready }
        }
    }
}
