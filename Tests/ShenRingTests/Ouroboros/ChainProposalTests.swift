import StateMachines
import Testing

@testable import ShenRing

/// One ballot, one proposal ("Paxos made simple", §2.2), though the warden whose ballot it is crashes at
/// any moment and messages of its earlier life come late.
@Suite struct ChainProposalTests {
    private let wardens = [NodeID(100), NodeID(101), NodeID(102)]
    private static let step = Span.milliseconds(5)

    /// Three replicas and three wardens that have founded a chain.
    private func founded() -> HandDrivenChain {
        var chain = HandDrivenChain(replicas: 3, wardens: 3, runsWardens: true)
        chain.grants = false
        for _ in 0..<40 {
            chain.pass(Self.step)
            chain.settle()
        }
        return chain
    }

    private func warden(_ place: Int, of chain: HandDrivenChain) -> ChainWarden? {
        chain.nodes[wardens[place]]?.warden
    }

    /// What becomes of a message under way.
    private enum Fate { case arrives, isLost, isHeld }

    /// Lets time pass in small steps until something is so, with the disks of some nodes at a stand.
    /// Says whether it came to be so.
    private func live(
        _ chain: inout HandDrivenChain, _ most: Span, stalled: [NodeID] = [],
        _ fate: (HandDrivenChain.Mail) -> Fate, until isDone: (HandDrivenChain) -> Bool
    ) -> Bool {
        for _ in 0..<most.nanoseconds / Self.step.nanoseconds {
            chain.pass(Self.step)
            for _ in 0..<20 {
                chain.mail.removeAll { fate($0) == .isLost }
                chain.deliver { fate($0) == .arrives }
                for node in chain.nodes.keys.sorted() where !stalled.contains(node) {
                    chain.sync(node)
                }
            }
            if isDone(chain) { return true }
        }
        return false
    }

    private func ballot(_ letter: HandDrivenChain.Mail) -> ChainBallotMessage? {
        if case .ballot(let ballot) = letter.message.body { ballot } else { nil }
    }

    private func isProposal(_ letter: HandDrivenChain.Mail) -> Bool {
        switch ballot(letter) {
        case .prepare, .accept: true
        default: false
        }
    }

    private func isDecision(_ letter: HandDrivenChain.Mail) -> Bool {
        if case .configuration = letter.message.body { true } else { false }
    }

    @Test func `a warden asks nobody before its own promise is durable`() {
        var chain = founded()
        chain.crash(NodeID(2))
        let first = wardens[0]
        var asked = 0
        // Of the others nobody proposes anything.
        let began = live(&chain, .seconds(1), stalled: [first]) { letter in
            if letter.from == first, isProposal(letter) { asked += 1 }
            return isProposal(letter) && letter.from != first ? .isLost : .arrives
        } until: {
            $0.unsynced(first) > 0
        }
        #expect(began && asked == 0)
        let attempt = warden(0, of: chain)?.attempt
        #expect(attempt?.opensAt != nil && warden(0, of: chain)?.promised == nil)
        // However long its disk takes, it asks nobody, and has one record under way.
        for _ in 0..<100 {
            chain.pass(Self.step)
            chain.deliver { !isProposal($0) }
        }
        #expect(!chain.mail.contains { $0.from == first && isProposal($0) })
        #expect(chain.unsynced(first) == 1)
        chain.mail = []
        chain.sync(first)
        #expect(chain.mail.filter(isProposal).map(\.to) == wardens)
    }

    /// The first warden would have a ballot promised by the others and accepted by the second one, and
    /// crashes before its disk has heard of it. In its next life it wants something else, and has that
    /// decided with the third; then comes what it had asked of that one before. It falls silent, and the
    /// other two go on.
    private func configurationsOfEpoch2() -> Set<ChainConfiguration> {
        var chain = founded()
        chain.crash(NodeID(2))
        let isLate = { (letter: HandDrivenChain.Mail) in
            guard letter.to == wardens[2],
                case .accept(_, let ballot, let proposal) = ballot(letter)
            else { return false }
            return ballot.warden == wardens[0] && proposal.members.count == 2
        }
        let isAccepted = live(&chain, .seconds(1), stalled: [wardens[0]]) { letter in
            if isLate(letter) { return .isHeld }
            if isProposal(letter), letter.from != wardens[0] { return .isLost }
            if case .accepted = ballot(letter) { return .isLost }
            return .arrives
        } until: {
            warden(1, of: $0)?.accepted != nil
        }
        #expect(!isAccepted)
        chain.crash(wardens[0])
        chain.start(NodeID(2))
        chain.start(wardens[0])
        let isDecided = live(&chain, .seconds(1)) { letter in
            if isLate(letter) { return .isHeld }
            let isCutOff = letter.to == wardens[1] || letter.from == wardens[1]
            let isOthers = isProposal(letter) && letter.from != wardens[0]
            return isCutOff || isOthers || isDecision(letter) ? .isLost : .arrives
        } until: {
            warden(0, of: $0)?.decided.epoch == 2
        }
        #expect(isDecided)
        chain.crash(wardens[0])
        chain.deliver(isLate)
        chain.sync(wardens[2])
        let goesOn = live(&chain, .seconds(2)) { letter in
            isProposal(letter) && letter.from != wardens[1] ? .isLost : .arrives
        } until: {
            warden(1, of: $0).map { $0.decided.epoch >= 2 } ?? false
        }
        #expect(goesOn)
        let decided = chain.events.compactMap { event -> ChainConfiguration? in
            if case .decided(let configuration) = event.event { configuration } else { nil }
        }
        return Set(decided.filter { $0.epoch == 2 })
    }

    @Test func `an epoch has one configuration, though a crash takes a ballot that was asked for`()
    {
        // It has two where wardens ask before their own promise is durable.
        #expect(configurationsOfEpoch2().count == 1)
    }

    @Test func `a second proposal in a ballot is refused, and the first one stands`() {
        var chain = founded()
        let base = warden(0, of: chain)?.decided ?? .none
        let members = base.members
        let (one, other) = (
            ChainConfiguration(epoch: 2, members: members),
            ChainConfiguration(epoch: 2, members: members.reversed())
        )
        let ballot = ChainBallot(round: 9, warden: wardens[1])
        func offer(_ proposal: ChainConfiguration) {
            chain.hand(
                HandDrivenChain.Mail(
                    from: wardens[1], to: wardens[0],
                    message: chain.message(.ballot(.accept(base: base, ballot, proposal)))))
        }
        chain.mail = []
        offer(one)
        offer(other)
        #expect(chain.unsynced(wardens[0]) == 1 && chain.mail.isEmpty)
        chain.sync(wardens[0])
        // Nor is it taken, or answered, when the first one is durable.
        offer(other)
        let answers = chain.mail.compactMap { self.ballot($0) }
        #expect(answers == [.accepted(epoch: 2, ballot)])
        #expect(warden(0, of: chain)?.accepted?.configuration == one)
        #expect(chain.nodes[wardens[0]]?.ignored.malformed == 2)
        chain.crash(wardens[0])
        chain.start(wardens[0])
        #expect(warden(0, of: chain)?.accepted?.configuration == one)
        offer(other)
        #expect(warden(0, of: chain)?.accepted?.configuration == one)
    }
}
