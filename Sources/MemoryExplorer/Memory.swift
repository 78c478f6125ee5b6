/// The memory of one execution: for each atomic all the writes it ever had, in their order, and for
/// plain memory who touched it last.
///
/// The model is that of C11 with release and acquire, relaxed accesses, release sequences and
/// sequentially consistent fences, in the operational form of Kang et al., "A promising semantics for
/// relaxed-memory concurrency" (POPL 2017), without promises: a load may read any write that
/// the thread does not know to be outdated, but never one that comes later in the execution. The writes of
/// an atomic are ordered as they are executed. So what no interleaving shows here, load buffering
/// and a write that goes in before one that was executed earlier, is not explored.
struct Memory {
    struct Write {
        let value: UInt64
        /// What a load that acquires it learns.
        let message: Knowledge
    }

    struct Location {
        var writes: [Write]
        /// When each thread last touched it, in its own clock.
        var touched = Frontier()
        /// Threads but the first that have touched it.
        var threads: Set<Int> = []
        /// Whether it was made while the threads ran: then it is not the same in all executions.
        let isLate: Bool
    }

    private struct Plain {
        var writer = 0
        var written = 0
        var readers = Frontier()
    }

    private(set) var locations: [Location] = []
    private var numbers: [UInt: Int] = [:]
    private var plain: [UInt: Plain] = [:]
    /// What was given back.
    private var dead: [Range<UInt>] = []
    /// Where the last fence in their single order has come to.
    private var fences = Frontier()

    /// The number of the atomic at this address; nil where none lives.
    func number(at address: UInt) -> Int? { numbers[address] }

    /// Makes an atomic.
    mutating func initialize(_ address: UInt, to value: UInt64, by agent: inout Agent, isLate: Bool)
    {
        agent.tick()
        numbers[address] = locations.count
        locations.append(
            Location(writes: [Write(value: value, message: agent.known)], isLate: isLate))
        touch(locations.count - 1, agent)
    }

    /// Notes an access, for who frees the memory.
    private mutating func touch(_ number: Int, _ agent: Agent) {
        locations[number].touched[agent.number] = agent.known.clock[agent.number]
        if agent.number != 0 { locations[number].threads.insert(agent.number) }
    }

    /// Writes that a load may read, the latest first.
    func readable(_ number: Int, by agent: Agent) -> [Int] {
        let last = locations[number].writes.count - 1
        let oldest = min(last, max(agent.known.view[number], agent.stale[number]))
        return Array((oldest...last).reversed())
    }

    /// As `readable`, for a compare-exchange: it succeeds on the last write only.
    func comparable(_ number: Int, expected: UInt64, by agent: Agent) -> [Int] {
        let writes = locations[number].writes
        return readable(number, by: agent).filter {
            $0 == writes.count - 1 || writes[$0].value != expected
        }
    }

    /// Reads the write with this index.
    mutating func load(
        _ number: Int, _ index: Int, isAcquiring: Bool, by agent: inout Agent
    ) -> UInt64 {
        agent.tick()
        touch(number, agent)
        let write = locations[number].writes[index]
        agent.known.view[number] = max(agent.known.view[number], index)
        if isAcquiring {
            agent.known.join(write.message)
        } else {
            agent.unacquired.join(write.message)
        }
        agent.read[number] = max(agent.read[number], index)
        return write.value
    }

    /// Writes behind the last write.
    mutating func store(
        _ number: Int, _ value: UInt64, isReleasing: Bool, sequence: Knowledge? = nil,
        by agent: inout Agent
    ) {
        agent.tick()
        touch(number, agent)
        let index = locations[number].writes.count
        agent.known.view[number] = index
        var message = isReleasing ? agent.known : agent.released
        message.view[number] = index
        if let sequence { message.join(sequence) }
        locations[number].writes.append(Write(value: value, message: message))
    }

    /// Reads the last write and replaces it; returns what was read.
    mutating func update(
        _ number: Int, isAcquiring: Bool, isReleasing: Bool, by agent: inout Agent,
        _ change: (UInt64) -> UInt64
    ) -> UInt64 {
        let last = locations[number].writes.count - 1
        let before = locations[number].writes[last]
        let old = load(number, last, isAcquiring: isAcquiring, by: &agent)
        // A read-modify-write carries on the release sequence that it reads from.
        store(
            number, change(old), isReleasing: isReleasing, sequence: before.message, by: &agent)
        return old
    }

    /// A sequentially consistent fence of one thread.
    mutating func fence(_ agent: inout Agent) {
        agent.tick()
        agent.known.join(agent.unacquired)
        agent.known.view.join(fences)
        fences = agent.known.view
        agent.released = agent.known
    }

    /// Notes plain reads or writes of the values that begin at `address`; what they collide with.
    mutating func touchPlain(_ address: UInt, isWrite: Bool, by agent: inout Agent) -> String? {
        agent.tick()
        if isDead(address) { return "touches memory that was given back" }
        var state = plain[address] ?? Plain()
        defer { plain[address] = state }
        let now = agent.known.clock
        if state.written > now[state.writer] {
            return "races with a plain write of thread \(state.writer)"
        }
        if isWrite {
            if let reader = state.readers.firstBeyond(now) {
                return "races with a plain read of thread \(reader)"
            }
            state.writer = agent.number
            state.written = now[agent.number]
            state.readers = Frontier()
        } else {
            state.readers[agent.number] = now[agent.number]
        }
        return nil
    }

    /// Gives back memory; what it collides with.
    mutating func free(_ range: Range<UInt>, by agent: Agent) -> String? {
        if isDead(range.lowerBound) { return "is freed twice" }
        for (address, number) in numbers.sorted(by: { $0.key < $1.key })
        where range.contains(address) {
            if let other = locations[number].touched.firstBeyond(agent.known.clock) {
                return "is freed while thread \(other) may be using it"
            }
            numbers[address] = nil
        }
        for (address, state) in plain.sorted(by: { $0.key < $1.key })
        where range.contains(address) {
            if state.written > agent.known.clock[state.writer] {
                return "is freed while thread \(state.writer) may be writing it"
            }
            if let reader = state.readers.firstBeyond(agent.known.clock) {
                return "is freed while thread \(reader) may be reading it"
            }
            plain[address] = nil
        }
        dead.append(range)
        return nil
    }

    private func isDead(_ address: UInt) -> Bool {
        dead.contains { $0.contains(address) }
    }
}
