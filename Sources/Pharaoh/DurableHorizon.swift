import Glibc
import Storage
import Synchronization

/// How a horizon is moved.
package struct HorizonRule: Hashable, Sendable {
    /// How far beyond what is asked for.
    var reach: HorizonReach
    /// How long a leader waits for company.
    var patience = GroupPatience.none
    /// Whether a thread of the horizon's own moves it before somebody has to wait.
    var isAhead = false
}

/// A number on the device that only rises, and beyond which nobody gets before it has been moved:
/// how threads share a counter's file.
///
/// `cover` is where they meet. Below the horizon it is one load. Whoever finds its number beyond
/// leads: it moves the horizon for all who have asked in the meantime, and wakes them. With
/// `HorizonRule.isAhead` a thread of the horizon's own moves it when half of the reach is used up, so
/// that nobody waits unless the numbers go faster than the device syncs.
///
/// The leader is as in Gawlick and Kinkade, "Varieties of concurrency control in IMS/VS Fast Path"
/// (1985), and the company that it waits for as in `SharedAppendFile`: as many as there were
/// callers at once around the last move, and no longer than its patience lasts.
package final class DurableHorizon<Operations: FileOperations & ~Copyable>: @unchecked Sendable {
    /// Who waits for a move, and is told why there was none.
    typealias Waiters = WaitingGroup<ObeliskError?>

    // Sendable: all that changes is atomic or guarded by `lock`, but for `file`, which belongs to
    // the thread that set `isMoving` until it clears it, both under `lock`.

    /// Numbers below it need nothing: neither a wait nor the horizon's thread.
    let quiet: Atomic<UInt64>
    /// The horizon: numbers below it are on the device.
    private let durable: Atomic<UInt64>
    /// One more than the highest number that was asked for beyond `quiet`.
    private let asked: Atomic<UInt64>
    /// Whether the thread was told of work that nobody has begun.
    private let isWanted = Atomic(false)

    let lock = WaitLock()
    /// Where a leader waits for company.
    private let company = WaitCondition()
    /// Where those wait who need the file: a leader for its turn.
    private let moved = WaitCondition()
    /// Those whom the move that goes on will cover.
    private var moving = Waiters()
    /// Those who are to be covered by the next move, but for its leader.
    private var next = Waiters()
    /// Where the thread waits for work, and who closes for everybody's end.
    let work = WaitCondition()

    private let path: String
    private let rule: HorizonRule
    private var reach: HorizonReach
    private var patience: GroupPatience
    private var file: ObeliskFile<Operations>?
    private var isMoving = false
    /// Whether somebody leads who still waits for its turn, or for company.
    private var isLed = false
    /// Where the move that goes on will end.
    private var goal: UInt64
    /// Runs the moves that tasks wait for, once one did.
    private var executor: CommitExecutor?
    /// Whether there is one.
    let hasExecutor = Atomic(false)
    /// How many wait for the next move, its leader included.
    private var gathered = 0
    /// How many callers there were at once around the last move.
    private var callers = 1
    private var syncs: UInt64 = 0
    private var failure: ObeliskError?
    private(set) var isClosed = false
    /// Whether the thread runs.
    var hasThread = false

    /// A horizon in `file`, where it was found.
    package init(_ file: consuming ObeliskFile<Operations>, rule: HorizonRule) {
        path = file.path
        self.rule = rule
        reach = rule.reach
        patience = rule.patience
        goal = file.reserved
        durable = Atomic(file.reserved)
        quiet = Atomic(file.reserved)
        asked = Atomic(file.reserved)
        self.file = consume file
    }

    /// The horizon: every number below it is on the device, or was found in the file.
    package var position: UInt64 { durable.load(ordering: .acquiring) }

    /// How many numbers a move makes durable now.
    package var distance: UInt64 { locked { reach.current } }

    /// How often the file was synced.
    package var syncCount: UInt64 { locked { syncs } }

    /// How many wait for the next move.
    var waiters: Int { locked { gathered } }

    /// What poisoned the file, if anything did.
    package var poison: ObeliskError? { locked { failure } }

    /// Waits until `number` is below the horizon. Any thread; one load where it is.
    ///
    /// - Throws: what kept the horizon from being moved; whoever gets it must not use the number.
    @inline(__always)
    package func cover(_ number: UInt64) throws(ObeliskError) {
        // Pairs with the store of who moved the horizon: what it made durable was so before.
        if number < quiet.load(ordering: .acquiring) { return }
        try coverSlowly(number)
    }

    /// Who moves it for tasks; started by the first call.
    package func startedExecutor() throws(ObeliskError) -> CommitExecutor {
        lock.lock()
        defer { lock.unlock() }
        if let executor { return executor }
        do throws(StorageError) {
            let made = try CommitExecutor()
            executor = made
            // Whoever acts on it looks for the executor under the lock.
            hasExecutor.store(true, ordering: .relaxed)
            return made
        } catch {
            throw .file(error)
        }
    }

    /// How many bytes of the device the file takes up.
    package func allocated() throws(ObeliskError) -> UInt64 {
        lock.lock()
        defer { lock.unlock() }
        let file = try takeFile()
        let answer: Result<UInt64, ObeliskError>
        do throws(ObeliskError) {
            answer = .success(try file.allocated())
        } catch {
            answer = .failure(error)
        }
        giveBack(file)
        return try answer.get()
    }

    /// Lets the move that goes on end, and closes the file.
    package func close() throws(ObeliskError) {
        // Who is let go finds out that it is closed.
        try refuse().letGo(nil)
        try closeFile()
    }

    /// Covers nothing any more, and gives those who wait for a move that will not be: nobody joins them.
    private func refuse() throws(ObeliskError) -> Waiters {
        lock.lock()
        defer { lock.unlock() }
        guard !isClosed else { throw closed }
        isClosed = true
        // Whoever comes now gets beyond it nowhere, and finds out under the lock.
        durable.store(0, ordering: .releasing)
        quiet.store(0, ordering: .releasing)
        company.broadcast()
        moved.broadcast()
        work.broadcast()
        let group = next
        next = Waiters()
        return group
    }

    private func closeFile() throws(ObeliskError) {
        lock.lock()
        defer { lock.unlock() }
        while isMoving || isLed || hasThread { work.wait(lock) }
        guard let file = file.take() else { return }
        try file.close()
    }

    var closed: ObeliskError { .file(.closed(path: path)) }

    func locked<Value, Failure: Error>(
        _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        lock.lock()
        defer { lock.unlock() }
        return try body()
    }
}

/// Waiting for the horizon. Everything here holds the lock but `coverSlowly`, `callThread` and `serve`.
extension DurableHorizon where Operations: ~Copyable {
    @inline(never)
    private func coverSlowly(_ number: UInt64) throws(ObeliskError) {
        if number < position { return callThread(for: number) }
        try ask(for: number)
        while number >= position {
            // Once it is open, the horizon is beyond the number, or the next round finds out why it is not.
            if let gate = try locked({ () throws(ObeliskError) in try join(for: number) }) {
                gate.wait()
            }
        }
    }

    /// Has the next move reach beyond `number`.
    func ask(for number: UInt64) throws(ObeliskError) {
        // No move gets there, and all later ones would be asked to. Below it, numbers are also less than
        // 2^63: the library's `Atomic<UInt64>.max` compares them as if they had a sign (Swift 6.3).
        guard number < ObeliskFile<Operations>.most else { throw .usedUp(path: path) }
        asked.max(number + 1, ordering: .relaxed)
    }

    /// Has the number covered: gives the gate to wait at where somebody else does that; nil where the
    /// caller has led, or there was nothing to do.
    private func join(for number: UInt64) throws(ObeliskError) -> Gate? {
        if number < position { return nil }
        if let problem { throw problem }
        if isMoving && number < goal { return moving.gate }
        gathered += 1
        guard isLed else {
            try lead()
            return nil
        }
        if isComplete { company.signal() }
        return next.gate
    }

    /// Lets `task` wait until the number may be covered; nil if it need not wait, or nothing will be covered.
    func admit(_ task: Waiters.Member, for number: UInt64) -> TaskAdmission<Waiters>? {
        if number < position || problem != nil { return nil }
        guard let executor else { preconditionFailure("a task before its executor") }
        if isMoving && number < goal {
            unsafe moving.join(task)
            return TaskAdmission(group: moving, executor: nil)
        }
        gathered += 1
        let isFirst = !next.hasTasks
        unsafe next.join(task)
        if isLed && isComplete { company.signal() }
        return TaskAdmission(group: next, executor: isFirst && !isLed ? executor : nil)
    }

    /// Moves the horizon for tasks that wait for that, unless a thread is about to.
    func moveForTasks() {
        while isMoving && !isClosed { moved.wait(lock) }
        guard !isClosed, next.hasTasks, !isLed else { return }
        // Each of them is told what was wrong.
        try? move()
    }

    /// Why nothing is covered any more.
    var problem: ObeliskError? {
        isClosed ? closed : failure?.repeated(at: path)
    }

    /// Whether a leader has no reason to wait for more.
    private var isComplete: Bool { gathered >= callers || isClosed }

    /// Moves the horizon for all who gather, when nobody else does.
    private func lead() throws(ObeliskError) {
        isLed = true
        while isMoving && !isClosed { moved.wait(lock) }
        if patience.limit > 0 {
            let deadline = WaitCondition.Instant.after(patience.limit)
            while !isComplete && company.wait(lock, until: deadline) {}
        }
        // Somebody may have looked into the file meanwhile.
        while isMoving && !isClosed { moved.wait(lock) }
        isLed = false
        if isClosed { work.broadcast() }
        try move()
    }

    /// Takes the file from the others until it is given back.
    private func takeFile() throws(ObeliskError) -> ObeliskFile<Operations> {
        while isMoving { moved.wait(lock) }
        guard !isClosed, let file = file.take() else { throw closed }
        isMoving = true
        return file
    }

    private func giveBack(_ file: consuming ObeliskFile<Operations>) {
        syncs = file.syncs
        failure = file.failure
        self.file = consume file
        isMoving = false
        moved.broadcast()
        work.broadcast()
    }

    /// Moves the horizon beyond all that was asked for. The lock is given up meanwhile.
    private func move() throws(ObeliskError) {
        var file = try takeFile()
        let members = gathered
        gathered = 0
        let group = next
        (moving, next) = (group, Waiters())
        // Who asks after this is told of it by the goal, or asks for another move.
        isWanted.store(false, ordering: .relaxed)
        goal = max(reach.goal(beyond: asked.load(ordering: .relaxed)), file.reserved)
        let (end, began) = (goal, monotonicNanoseconds())
        lock.unlock()
        var problem: ObeliskError?
        do throws(ObeliskError) {
            // What a failed sync has left behind is in the file, and may not be on the device.
            if let failure = file.failure { throw failure.repeated(at: path) }
            if end > file.reserved { try file.extend(to: end) }
        } catch {
            problem = error
        }
        let took = monotonicNanoseconds() - began
        lock.lock()
        if problem == nil {
            reach.adapt(movedAt: began, syncTook: took)
            patience.note(syncTook: took)
            publish(end)
        } else {
            goal = position
        }
        callers = max(1, members + gathered)
        giveBack(file)
        // Who goes on needs no lock, and would find it taken.
        lock.unlock()
        group.letGo(problem)
        lock.lock()
        if let problem { throw problem }
    }

    private func publish(_ horizon: UInt64) {
        guard !isClosed else { return }
        durable.store(horizon, ordering: .releasing)
        // Beyond it the thread is called, while there is still half of the reach to use up.
        let margin = rule.isAhead ? (reach.current + 1) / 2 : 0
        quiet.store(horizon - min(margin, horizon), ordering: .releasing)
    }

    /// Has the thread move the horizon beyond `number`, unless it was told already.
    func callThread(for number: UInt64) {
        guard rule.isAhead, !isWanted.load(ordering: .relaxed) else { return }
        asked.max(number + 1, ordering: .relaxed)
        guard !isWanted.exchange(true, ordering: .relaxed) else { return }
        // Who serves looks at the flag under the lock, and waits without giving that up in between.
        lock.lock()
        work.broadcast()
        lock.unlock()
    }

    /// What the thread does until the horizon is closed.
    func serve() {
        lock.lock()
        while !isClosed {
            if isWanted.load(ordering: .relaxed), failure == nil, !isMoving, !isLed {
                // Whoever needs the number finds out for itself what is wrong.
                try? move()
            } else {
                work.wait(lock)
            }
        }
        hasThread = false
        work.broadcast()
        lock.unlock()
    }
}

extension ObeliskError {
    /// What a call gets after this has poisoned the file at `path`.
    func repeated(at path: String) -> ObeliskError {
        if case .file(let error) = self { .file(.poisoned(path: path, cause: error)) } else { self }
    }
}

/// A reading of the monotonic clock, in nanoseconds.
func monotonicNanoseconds() -> UInt64 {
    var now = timespec()
    // The structure is valid for the call, which cannot fail for this clock.
    unsafe clock_gettime(CLOCK_MONOTONIC, &now)
    return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
}
