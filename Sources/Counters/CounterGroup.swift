/// Events that are counted at the same time, by one source.
protocol CounterGroup: AnyObject {
    /// What it counts, in the order of its readings.
    var members: [CounterName] { get }
    /// Begins to count.
    func start() throws(CounterRefusal)
    /// Ends counting; what was counted is lost.
    func stop()
    /// What was counted since the start or since any earlier moment that is the same for all
    /// readings; `nil` for a member that could not be read.
    func read() -> [Int64?]
}

/// Why something cannot be counted, in the words of who refuses.
public struct CounterRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// The words.
    public let description: String

    init(_ description: String) { self.description = description }
}

/// Groups that exclude each other, because the hardware counts one of them at a time. They take
/// turns from round to round: a window's counts are exact, never scaled up from a part of it, and
/// each event is counted in one of as many rounds as there are groups.
final class CounterLane {
    private var groups: [any CounterGroup]
    private var running: Int?
    /// Whose group would not start, and why.
    private(set) var refused: [(name: CounterName, reason: String)] = []

    init(_ groups: [any CounterGroup]) {
        self.groups = groups
    }

    deinit { stop() }

    /// What is counted at some time.
    var members: [CounterName] { groups.flatMap(\.members) }

    /// A moment of the running group.
    struct Mark {
        let group: Int
        let counts: [Int64?]
    }

    /// Lets the group of round number `turn` count, or the first where none does, and reads.
    func mark(turn: Int?) -> Mark? {
        if !groups.isEmpty, let turn {
            run(turn % groups.count)
        } else if running == nil {
            run(0)
        }
        return running.map { Mark(group: $0, counts: groups[$0].read()) }
    }

    /// What the running group counted since `mark`; nothing when another group was running then.
    func counts(since mark: Mark?) -> [(name: CounterName, count: Int64)] {
        guard let mark, mark.group == running else { return [] }
        let group = groups[mark.group]
        return zip(group.members, zip(mark.counts, group.read())).compactMap { name, ends in
            guard let before = ends.0, let after = ends.1 else { return nil }
            return (name, after - before)
        }
    }

    /// Starts group number `index` in place of the one that runs. Groups that refuse are dropped.
    private func run(_ index: Int) {
        guard running != index else { return }
        stop()
        var index = index
        while !groups.isEmpty {
            index %= groups.count
            do {
                try groups[index].start()
                running = index
                return
            } catch {
                refused += groups[index].members.map { ($0, "\(error)") }
                groups.remove(at: index)
            }
        }
    }

    private func stop() {
        if let running { groups[running].stop() }
        running = nil
    }
}
