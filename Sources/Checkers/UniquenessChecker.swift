public import StateMachines

/// A rule of identifiers that was broken.
public enum UniquenessFinding: Hashable, Sendable, CustomStringConvertible {
    /// An identifier was given out again. `first` is who had it before.
    case repeated(UInt64, first: NodeID?, again: NodeID, at: Moment)
    /// A source gave out an identifier that is not above its last one.
    case sourceWentBack(NodeID, from: UInt64, to: UInt64, at: Moment)
    /// Somebody asked after another had been answered, and was given an identifier that is not above.
    case behindRealTime(UInt64, from: NodeID, asked: Moment, known: UInt64, since: Moment)

    /// What was broken, by whom and when, in one line.
    public var description: String {
        switch self {
        case .repeated(let id, let first, let again, let now):
            "\(again) gave out \(id) at \(now), which \(first.map { "\($0)" } ?? "another") had"
        case .sourceWentBack(let source, let from, let to, let now):
            "\(source) gave out \(to) at \(now), after \(from)"
        case .behindRealTime(let id, let source, let asked, let known, let since):
            "\(source), asked at \(asked), gave out \(id), and \(known) was known since \(since)"
        }
    }
}

/// Says whether identifiers repeat, and whether they rise where that is promised.
///
/// Identifiers are kept as bits, 64 neighbours to an entry of a hash table, and by source as runs of
/// neighbours, from which it is told who had one before. A counter takes two bits an identifier; numbers
/// far from each other take about 100 bytes each. Each event costs O(1), one that breaks a rule O(runs).
public struct UniquenessChecker: Sendable {
    /// What is to hold beyond that no identifier repeats.
    public enum Order: Hashable, Sendable {
        /// Nothing.
        case none
        /// Each source's identifiers rise.
        case bySource
        /// Each source's identifiers rise, and whoever asks after another was answered, of whatever
        /// source, gets a greater one.
        case realTime
    }

    private struct Run: Sendable {
        let source: NodeID
        let first: UInt64
        var last: UInt64
    }

    private struct Greatest: Sendable {
        let id: UInt64
        let since: Moment
    }

    private let order: Order
    private var bits: [UInt64: UInt64] = [:]
    private var runs: [Run] = []
    /// The place in `runs` of each source's last one.
    private var lastRuns: [NodeID: Int] = [:]
    /// Each identifier that was the greatest answered so far, by when it was answered.
    private var rises: [Greatest] = []

    /// What was found so far.
    public private(set) var findings = FindingLog<UniquenessFinding>()
    /// How many identifiers were given out, repeated ones included.
    public private(set) var count = 0

    /// No identifier yet.
    public init(order: Order = .none) { self.order = order }

    /// A source, asked at one moment, has given out an identifier that was received at another. Told in
    /// the order in which they are received.
    public mutating func gaveOut(
        _ id: UInt64, by source: NodeID, asked: Moment, received: Moment
    ) {
        precondition(asked <= received, "received at \(received), asked at \(asked)")
        count += 1
        let bit = UInt64(1) << (id & 63)
        let known = bits[id >> 6, default: 0]
        if known & bit != 0 {
            let first = runs.first { $0.first <= id && id <= $0.last }?.source
            findings.note(.repeated(id, first: first, again: source, at: received))
        }
        bits[id >> 6] = known | bit
        if order != .none { checkRise(of: source, to: id, at: received) }
        extendRun(of: source, by: id)
        if order == .realTime { checkRealTime(id, by: source, asked: asked, received: received) }
    }

    private mutating func checkRise(of source: NodeID, to id: UInt64, at now: Moment) {
        guard let place = lastRuns[source], id <= runs[place].last else { return }
        findings.note(.sourceWentBack(source, from: runs[place].last, to: id, at: now))
    }

    private mutating func extendRun(of source: NodeID, by id: UInt64) {
        if let place = lastRuns[source], runs[place].last < .max, runs[place].last + 1 == id {
            runs[place].last = id
        } else {
            lastRuns[source] = runs.count
            runs.append(Run(source: source, first: id, last: id))
        }
    }

    /// The greatest identifier that was received before this one was asked for must be smaller.
    private mutating func checkRealTime(
        _ id: UInt64, by source: NodeID, asked: Moment, received: Moment
    ) {
        if let last = rises.last {
            precondition(received >= last.since, "received at \(received) after \(last.since)")
        }
        var (low, high) = (0, rises.count)
        while low < high {
            let middle = (low + high) / 2
            if rises[middle].since < asked { low = middle + 1 } else { high = middle }
        }
        if low > 0, id <= rises[low - 1].id {
            let known = rises[low - 1]
            findings.note(
                .behindRealTime(
                    id, from: source, asked: asked, known: known.id, since: known.since))
        }
        if id > rises.last?.id ?? 0 || rises.isEmpty {
            rises.append(Greatest(id: id, since: received))
        }
    }
}
