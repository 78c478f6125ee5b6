import Checkers
import ShenRing
import StateMachines

/// What a replicated log's checkers compare: what an entry asks for. Its term is compared beside
/// it, as clients do not hear of it.
enum EntryName: Hashable, Sendable {
    case noop
    case request(RequestID)
    case configuration(QuorumMembership)
    case opaque([UInt8])

    init(_ payload: QuorumEntry.Payload) {
        switch payload {
        case .noop: self = .noop
        case .request(let request): self = .request(request.id)
        case .configuration(let membership): self = .configuration(membership)
        case .opaque(let bytes): self = .opaque(bytes)
        }
    }
}

/// Holds what the nodes and clients of a quorum tell against the rules of the Raft paper's figure
/// 3, and the clients' history against one register for each key.
struct QuorumChecks {
    private(set) var history = HistoryBuilder<Register>()
    private var logs = LogAgreementChecker<EntryName>()
    private var leaders = LeaderChecker()
    /// The terms of the committed entries, and what they make of an empty state, at each place from
    /// 0.
    private var terms: [UInt64] = []
    /// The terms in which they were committed: those of whoever first said so, which are their
    /// leaders.
    private var commitTerms: [UInt64] = []
    /// The last term that each node told of.
    private var nodeTerms: [NodeID: UInt64] = [:]
    private var states: [KeyedState]
    private(set) var violations: [String] = []
    /// Operations that clients have heard the end of.
    private(set) var answered = 0

    /// Nothing told yet. To follow states costs a copy of all keys for each entry.
    init(followsStates: Bool = true) { states = followsStates ? [KeyedState()] : [] }

    mutating func note(_ violation: String) {
        if violations.count < 20 { violations.append(violation) }
    }

    /// A node's life begins, with what its last snapshot holds.
    mutating func began(_ node: QuorumNode, at now: Moment) {
        logs.began(node.id, after: node.commitIndex, at: now)
        compare(node.state, of: node.id)
    }

    /// A state is what the log gives up to where it stands.
    private mutating func compare(_ state: KeyedState, of node: NodeID) {
        guard state.applied < UInt64(states.count) else { return }
        if state != states[Int(state.applied)] {
            note("\(node) has another state at entry \(state.applied) than the log gives")
        }
    }

    mutating func committed(
        _ entry: QuorumEntry, at index: UInt64, by node: NodeID, at now: Moment
    ) {
        logs.committed(EntryName(entry.payload), at: index, by: node, at: now)
        if index == UInt64(terms.count) + 1 {
            terms.append(entry.term)
            commitTerms.append(nodeTerms[node] ?? entry.term)
            follow(entry, at: index)
        } else if index >= 1, index <= UInt64(terms.count), terms[Int(index) - 1] != entry.term {
            note("entry \(index) has term \(terms[Int(index) - 1]), and \(entry.term) at \(node)")
        }
    }

    private mutating func follow(_ entry: QuorumEntry, at index: UInt64) {
        guard var state = states.last else { return }
        if case .request(let request) = entry.payload, state.admits(request) {
            state.apply(request, at: index)
        } else {
            state.skip(to: index)
        }
        states.append(state)
    }

    /// A snapshot took the place of what a node had: it must not have had more.
    mutating func installed(_ snapshot: QuorumSnapshot, by node: NodeID, at now: Moment) {
        if let reach = logs.reach(of: node), snapshot.index <= reach {
            note("\(node) went back from entry \(reach) to a snapshot at \(snapshot.index)")
        }
        logs.began(node, after: snapshot.index, at: now)
        do throws(ImageError) {
            compare(try KeyedState(image: snapshot.state), of: node)
        } catch { note("\(node) installed a broken snapshot: \(error)") }
    }

    /// A node is in a term.
    mutating func entered(_ term: UInt64, _ node: NodeID) { nodeTerms[node] = term }

    /// A node became leader. Leader completeness: its log has what was committed in the terms
    /// before. It may be one that learns of its election late, when leaders of later terms have
    /// committed more.
    mutating func elected(_ node: QuorumNode, at now: Moment) {
        leaders.chose(node.id, in: node.term, by: node.id, at: now)
        var index = terms.count
        while index > 0, commitTerms[index - 1] >= node.term { index -= 1 }
        guard index > 0, UInt64(index) > node.commitIndex else { return }
        if node.term(at: UInt64(index)) != terms[index - 1] {
            note(
                "\(node.id) leads term \(node.term) without entry \(index) of term "
                    + "\(terms[index - 1]), which is committed")
        }
    }

    mutating func client(_ event: ClientEvent, of node: NodeID, at now: Moment) {
        do throws(HistoryProblem) {
            switch event {
            case .invoked(let id, let key, let operation):
                try history.invoke(OperationID(id), key: key, .init(operation), at: now)
            case .answered(let id, let outcome):
                answered += 1
                if case .written(let index) = outcome {
                    logs.acknowledged(.request(id), at: index, to: node, at: now)
                }
                if let answer = Register.Answer(outcome) {
                    try history.answer(OperationID(id), answer, at: now)
                }
            case .abandoned: break
            }
        } catch { note("\(error)") }
    }

    /// The end: nodes that run are as far as they are, and equal where they are equally far.
    mutating func finish(nodes: [QuorumNode]) {
        logs.finish(live: nodes.map(\.id))
        for node in nodes { compare(node.state, of: node.id) }
    }

    /// What all checkers found; nil in place of a verdict on the history where its search gave up.
    mutating func verdict() -> (violations: [String], isUnknown: Bool) {
        violations += logs.findings.lines + leaders.findings.lines
        switch LinearizabilityChecker(Register(), budget: 300_000).check(history.history()) {
        case .linearizable: return (violations, false)
        case .violation(let violation): return (violations + ["\(violation)"], false)
        case .unknown: return (violations, true)
        }
    }
}
