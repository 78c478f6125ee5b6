public import StateMachines

/// Holds the rights of a mutual exclusion against each other, and what the resource accepted against them.
///
/// That rights do not overlap is what a token or a lock is for. That fences rise, and that the resource
/// accepts them in rising order only, is what keeps a holder harmless that does not know that its right
/// has ended (Kleppmann, "How to do distributed locking", 2016; Gray and Cheriton, "Leases", SOSP 1989, on
/// why it may not know). A protocol that gives up the first can still keep the others: `promises`.
///
/// Events are told in the order of global time. Each costs O(1) as long as few rights are open at once;
/// space is one right for each fence.
public struct ExclusionChecker: Sendable {
    /// What is to hold.
    public struct Promises: OptionSet, Hashable, Sendable {
        /// The promises as bits.
        public let rawValue: Int

        /// The promises of these bits.
        public init(rawValue: Int) { self.rawValue = rawValue }

        /// At no time have two nodes the right.
        public static let oneHolder = Promises(rawValue: 1)
        /// Each right has a greater fence than all before it.
        public static let risingFences = Promises(rawValue: 2)
        /// The resource accepts only what a holder sends, in the order of fences.
        public static let fencedResource = Promises(rawValue: 4)
        /// All of these.
        public static let all: Promises = [.oneHolder, .risingFences, .fencedResource]
    }

    private let promises: Promises
    private var now = Moment(nanoseconds: .min)
    private var open: [HeldRight] = []
    private var rights: [UInt64: HeldRight] = [:]
    private var greatest: HeldRight?
    private var lastAccepted: (fence: UInt64, at: Moment)?

    /// What was found so far.
    public private(set) var findings = FindingLog<ExclusionFinding>()

    /// How many rights there were.
    public private(set) var rightCount = 0
    /// How many times the resource accepted something.
    public private(set) var acceptedCount = 0

    /// No right yet.
    public init(promises: Promises = .all) { self.promises = promises }

    /// The rights that are held now.
    public var held: [HeldRight] { open.filter { $0.until.map { now < $0 } ?? true } }

    /// A node has the right from now on: until it is told that it has ended, or until `until` where that
    /// comes first (the end of a lease, in global time).
    ///
    /// Told again of a right that is held, it moves its end.
    public mutating func began(
        _ holder: NodeID, fence: UInt64, at moment: Moment, until: Moment? = nil
    ) {
        advance(to: moment)
        let right = HeldRight(holder: holder, fence: fence, from: moment, until: until)
        if let place = place(of: holder, fence) {
            let renewed = HeldRight(
                holder: holder, fence: fence, from: open[place].from, until: until)
            open[place] = renewed
            rights[fence] = renewed
            return
        }
        rightCount += 1
        if promises.contains(.oneHolder) {
            for other in open { findings.note(.overlap(first: other, second: right)) }
        }
        if promises.contains(.risingFences), let greatest, fence <= greatest.fence {
            findings.note(.fenceNotGreater(right, than: greatest))
        }
        if fence > greatest?.fence ?? 0 || greatest == nil { greatest = right }
        if rights[fence] == nil { rights[fence] = right }
        open.append(right)
    }

    /// A node gives its right up. To give up a lease that has come to its end is no offence.
    public mutating func ended(_ holder: NodeID, fence: UInt64, at moment: Moment) {
        // A lease that ends at this moment may be given up at it.
        if let place = place(of: holder, fence) {
            open.remove(at: place)
            advance(to: moment)
        } else {
            advance(to: moment)
            if let right = rights[fence], right.holder == holder, right.until != nil { return }
            findings.note(.endedWithoutRight(holder, fence: fence, at: moment))
        }
    }

    /// A node is gone, with all its rights: a crashed node does nothing.
    public mutating func stopped(_ holder: NodeID, at moment: Moment) {
        advance(to: moment)
        open.removeAll { $0.holder == holder }
    }

    /// The resource accepts something that a node sent with a fence.
    public mutating func accepted(fence: UInt64, from node: NodeID, at moment: Moment) {
        advance(to: moment)
        acceptedCount += 1
        guard promises.contains(.fencedResource) else { return }
        if let right = rights[fence] {
            if right.holder != node {
                findings.note(.acceptedFromStranger(node, at: moment, right: right))
            }
        } else {
            findings.note(.acceptedUnknownFence(fence, from: node, at: moment))
        }
        if let last = lastAccepted, fence < last.fence {
            findings.note(
                .acceptedTooLate(
                    fence: fence, from: node, at: moment, after: last.fence, since: last.at))
        } else {
            lastAccepted = (fence, moment)
        }
    }

    private func place(of holder: NodeID, _ fence: UInt64) -> Int? {
        open.firstIndex { $0.holder == holder && $0.fence == fence }
    }

    /// Drops the rights that have come to their ends.
    private mutating func advance(to moment: Moment) {
        precondition(moment >= now, "an event at \(moment) after one at \(now)")
        now = moment
        open.removeAll { $0.until.map { $0 <= moment } ?? false }
    }
}
