public import StateMachines

/// Says that, for each epoch, everybody chose the same: one leader in a term, one configuration in an
/// epoch, one holder of a fence.
///
/// "Election Safety" of Ongaro and Ousterhout, "In search of an understandable consensus algorithm",
/// USENIX ATC 2014, figure 3. Each event costs O(1); space is one choice an epoch.
public struct EpochChecker<Choice: Hashable & Sendable>: Sendable {
    /// Who said what of an epoch, and when.
    public struct Witness: Hashable, Sendable, CustomStringConvertible {
        /// What was chosen.
        public let choice: Choice
        /// Who said so.
        public let node: NodeID
        /// When.
        public let moment: Moment

        /// The choice, the node and the moment.
        public var description: String { "\(choice) (\(node) at \(moment))" }
    }

    /// A rule that was broken.
    public enum Finding: Hashable, Sendable, CustomStringConvertible {
        /// Two choices in one epoch.
        case twoChoices(epoch: UInt64, first: Witness, second: Witness)
        /// A node went on to an epoch that is not above the one it was in.
        case wentBack(from: UInt64, to: UInt64, Witness)

        /// What was broken, by whom and when, in one line.
        public var description: String {
            switch self {
            case .twoChoices(let epoch, let first, let second):
                "epoch \(epoch) has \(first) and \(second)"
            case .wentBack(let from, let to, let witness):
                "\(witness.node) went back from epoch \(from) to \(to): \(witness)"
            }
        }
    }

    private var choices: [UInt64: Witness] = [:]
    private var epochs: [NodeID: UInt64] = [:]

    /// What was found so far.
    public private(set) var findings = FindingLog<Finding>()

    /// No epoch yet.
    public init() {}

    /// How many epochs there were.
    public var count: Int { choices.count }

    /// What was chosen first for an epoch; nil where nothing was.
    public func choice(in epoch: UInt64) -> Choice? { choices[epoch]?.choice }

    /// A node says what was chosen for an epoch, any one.
    public mutating func chose(
        _ choice: Choice, in epoch: UInt64, by node: NodeID, at now: Moment
    ) {
        let witness = Witness(choice: choice, node: node, moment: now)
        guard let first = choices[epoch] else {
            choices[epoch] = witness
            return
        }
        if first.choice != choice {
            findings.note(.twoChoices(epoch: epoch, first: first, second: witness))
        }
    }

    /// A node goes on to an epoch, above any it was in before in all its lives, and says what was chosen
    /// for it. To enter the same again with the same choice is no offence: a node that restarts does.
    public mutating func entered(
        _ epoch: UInt64, choosing choice: Choice, by node: NodeID, at now: Moment
    ) {
        if let before = epochs[node], epoch < before {
            let witness = Witness(choice: choice, node: node, moment: now)
            findings.note(.wentBack(from: before, to: epoch, witness))
        }
        epochs[node] = max(epochs[node] ?? 0, epoch)
        chose(choice, in: epoch, by: node, at: now)
    }
}

/// One leader a term.
public typealias LeaderChecker = EpochChecker<NodeID>

/// One configuration an epoch: its members, in their order.
public typealias ConfigurationChecker = EpochChecker<[NodeID]>
