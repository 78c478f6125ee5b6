import StateMachines
import Testing

@testable import ShenRing

/// Configurations decided by a majority of the wardens: the master of van Renesse and Schneider 2004
/// (§3.2), replicated by Paxos ("Paxos made simple", §2.2), with leases.
@Suite struct ChainWardenTests {
    private let wardens = [NodeID(100), NodeID(101), NodeID(102)]

    /// Replicas and wardens that have founded a chain of epoch 1.
    private func founded(
        _ replicas: Int, size: Int? = nil, by founders: Int? = nil, without: [NodeID] = []
    ) -> HandDrivenChain {
        var chain = HandDrivenChain(replicas: replicas, wardens: 3, runsWardens: true) {
            $0.size = size ?? replicas
            $0.founders = founders
        }
        for node in without { chain.crash(node) }
        chain.grants = false
        live(&chain, .milliseconds(200))
        return chain
    }

    /// Lets time pass in small steps, messages and syncs at once.
    private func live(
        _ chain: inout HandDrivenChain, _ span: Span,
        _ isChosen: (HandDrivenChain.Mail) -> Bool = { _ in true }
    ) {
        for _ in 0..<span.nanoseconds / 5_000_000 {
            chain.pass(.milliseconds(5))
            chain.settle(isChosen)
            chain.mail.removeAll { !isChosen($0) }
        }
    }

    private func decided(_ chain: HandDrivenChain, _ warden: Int = 0) -> ChainConfiguration {
        chain.nodes[wardens[warden]]?.warden?.decided ?? .none
    }

    @Test func `the founders are the first configuration, in the order of the settings`() {
        let chain = founded(3)
        for warden in 0..<3 {
            #expect(decided(chain, warden).epoch == 1)
            #expect(decided(chain, warden).members.map(\.node.rawValue) == [0, 1, 2])
        }
        #expect((UInt32(0)..<3).allSatisfy { chain.replica($0).isActive })
    }

    @Test func `no chain is founded with a node that has been in one`() {
        var chain = founded(2)
        for warden in wardens { chain.crash(warden, losesDisk: true) }
        for warden in wardens { chain.start(warden) }
        live(&chain, .milliseconds(300))
        #expect((0..<3).allSatisfy { decided(chain, $0).epoch <= 1 })
    }

    @Test(arguments: [0, 1, 2]) func `a silent member is left out, wherever it stands`(place: Int) {
        var chain = founded(3)
        chain.crash(NodeID(place: place))
        live(&chain, .milliseconds(600))
        let left = (0..<3).filter { $0 != place }.map { UInt32($0) }
        #expect(decided(chain).members.map(\.node.rawValue) == left)
        chain.write(left[0], 1, number: 1)
        chain.settle()
        #expect(chain.outcomes(of: 1) == [.written(at: 1)])
    }

    @Test func `one that comes back joins behind the tail, and becomes it`() {
        var chain = founded(3)
        chain.crash(NodeID(0))
        live(&chain, .milliseconds(600))
        chain.start(NodeID(0))
        live(&chain, .milliseconds(600))
        #expect(decided(chain).members.map(\.node.rawValue) == [1, 2, 0])
        #expect(chain.replica(0).isTail)
    }

    @Test func `members that restart before they are missed go on in a new epoch`() {
        var chain = founded(2)
        let before = decided(chain)
        for node in UInt32(0)..<2 { chain.crash(NodeID(node)) }
        for node in UInt32(0)..<2 { chain.start(NodeID(node)) }
        live(&chain, .milliseconds(200))
        #expect(decided(chain).epoch > before.epoch)
        #expect(decided(chain).members == before.members)
        #expect((UInt32(0)..<2).allSatisfy { chain.replica($0).isActive })
    }

    @Test func `a spare takes the place of who is gone`() {
        var chain = founded(3, size: 2)
        chain.crash(NodeID(1))
        live(&chain, .seconds(1))
        #expect(decided(chain).members.map(\.node.rawValue) == [0, 2])
    }

    @Test func `founders do without those that come later, who join behind the tail`() {
        var chain = founded(4, by: 2, without: [NodeID(2), NodeID(3)])
        #expect(decided(chain).members.map(\.node.rawValue) == [0, 1])
        chain.write(0, 1, number: 1)
        chain.settle()
        #expect(chain.outcomes(of: 1) == [.written(at: 1)])
        for node in [NodeID(2), NodeID(3)] {
            chain.start(node)
            live(&chain, .milliseconds(400))
        }
        #expect(decided(chain).members.map(\.node.rawValue) == [0, 1, 2, 3])
        #expect(chain.replica(3).isTail)
    }

    @Test func `a minority of the wardens decides nothing`() {
        var chain = founded(3)
        chain.crash(wardens[1])
        chain.crash(wardens[2])
        chain.crash(NodeID(2))
        live(&chain, .seconds(1))
        #expect(decided(chain).epoch == 1)
        #expect(!chain.replica(0).mayAnswer(at: chain.now), "a lease of a minority")
        chain.start(wardens[1])
        live(&chain, .seconds(1))
        #expect(decided(chain).members.map(\.node.rawValue) == [0, 1])
    }

    @Test func `nobody is left out before its lease has ended`() {
        var chain = founded(2)
        // n1 hears the wardens and holds its lease; they hear n1 no longer.
        let start = chain.now
        var end: Moment?
        for _ in 0..<200 where decided(chain).epoch == 1 {
            end = max(end ?? chain.now, chain.replica(1).leases.end ?? chain.now)
            live(&chain, .milliseconds(5)) { $0.from != NodeID(1) }
        }
        #expect(decided(chain).members.map(\.node.rawValue) == [0])
        #expect(chain.now >= end ?? start)
    }

    @Test func `a warden accepts nothing without a member that it has granted a lease`() {
        var chain = founded(2)
        let one = ChainConfiguration(epoch: 2, members: [chain.member(0)])
        let ballot = ChainBallot(round: 9, warden: wardens[1])
        let request = ChainMessage.Body.ballot(
            .accept(base: decided(chain), ballot, one))
        func offer() {
            chain.hand(
                HandDrivenChain.Mail(
                    from: wardens[1], to: wardens[0], message: chain.message(request)))
            chain.sync(wardens[0])
        }
        offer()
        #expect(chain.nodes[wardens[0]]?.warden?.accepted == nil)
        chain.now = chain.now + chain.settings.leaseWaited
        offer()
        #expect(chain.nodes[wardens[0]]?.warden?.accepted?.configuration == one)
        // From then on it grants none to who is left out.
        chain.mail = []
        chain.pass(.milliseconds(1))
        chain.deliver { $0.from == NodeID(1) && $0.to == wardens[0] }
        let standings = chain.mail.compactMap { letter -> Bool? in
            guard letter.to == NodeID(1), letter.from == wardens[0],
                case .standing(_, _, let leased) = letter.message.body
            else { return nil }
            return leased
        }
        #expect(!standings.isEmpty && !standings.contains(true))
    }

    @Test func `a warden that restarts accepts nothing while leases of its earlier life may hold`()
    {
        var chain = founded(2)
        let both = decided(chain)
        let next = ChainConfiguration(epoch: 2, members: both.members)
        chain.crash(wardens[0])
        chain.start(wardens[0])
        let request = ChainMessage.Body.ballot(
            .accept(base: both, ChainBallot(round: 9, warden: wardens[1]), next))
        for waited in [Span.zero, chain.settings.leaseWaited] {
            chain.now = chain.now + waited
            chain.hand(
                HandDrivenChain.Mail(
                    from: wardens[1], to: wardens[0], message: chain.message(request)))
            let isAccepted = chain.nodes[wardens[0]]?.warden?.accepted != nil
            #expect(isAccepted == (waited > .zero))
        }
    }

    @Test func `a promise is durable before it is given, and holds over a restart`() {
        var chain = founded(2)
        let base = decided(chain)
        let next = ChainConfiguration(epoch: 2, members: base.members)
        let ballot = ChainBallot(round: 9, warden: wardens[1])
        func replies() -> [ChainBallotMessage] {
            chain.mail.compactMap { letter in
                guard letter.from == wardens[0], case .ballot(let reply) = letter.message.body
                else { return nil }
                return reply
            }
        }
        func ask(_ body: ChainBallotMessage) {
            chain.mail = []
            chain.hand(
                HandDrivenChain.Mail(
                    from: wardens[1], to: wardens[0], message: chain.message(.ballot(body))))
        }
        ask(.prepare(base: base, ballot, wanted: next))
        #expect(replies().isEmpty)
        chain.sync(wardens[0])
        #expect(replies() == [.promise(epoch: 2, ballot, accepted: nil)])
        chain.crash(wardens[0])
        chain.start(wardens[0])
        let lower = ChainBallot(round: 8, warden: wardens[1])
        ask(.prepare(base: base, lower, wanted: next))
        #expect(replies() == [.outvoted(epoch: 2, ballot)])
        ask(.accept(base: base, lower, next))
        #expect(replies() == [.outvoted(epoch: 2, ballot)])
    }

    @Test func `what may have been accepted by a majority is proposed again`() {
        var chain = founded(3)
        let base = decided(chain)
        let other = ChainConfiguration(epoch: 2, members: Array(base.members.reversed()))
        let ballot = ChainBallot(round: 1, warden: wardens[2])
        for warden in wardens[1...] {
            chain.hand(
                HandDrivenChain.Mail(
                    from: wardens[2], to: warden,
                    message: chain.message(.ballot(.accept(base: base, ballot, other)))))
            chain.sync(warden)
        }
        chain.mail = []
        chain.crash(wardens[2])
        live(&chain, .seconds(1))
        #expect(decided(chain).epoch >= 2)
        #expect(decided(chain).members == other.members)
    }

    @Test func `a warden that hears a member does not help to leave it out`() {
        var chain = founded(2)
        let one = ChainConfiguration(epoch: 2, members: [chain.member(0)])
        chain.hand(
            HandDrivenChain.Mail(
                from: wardens[1], to: wardens[0],
                message: chain.message(
                    .ballot(
                        .prepare(
                            base: decided(chain), ChainBallot(round: 9, warden: wardens[1]),
                            wanted: one)))))
        chain.sync(wardens[0])
        #expect(chain.nodes[wardens[0]]?.warden?.promised?.round != 9)
    }

    @Test func `one warden alone is a majority`() {
        var chain = HandDrivenChain(replicas: 2, wardens: 1, runsWardens: true)
        live(&chain, .milliseconds(200))
        #expect(decided(chain).epoch == 1)
        chain.crash(NodeID(0))
        live(&chain, .milliseconds(600))
        #expect(decided(chain).members.map(\.node.rawValue) == [1])
    }

    @Test func `a node can be replica and warden at once`() {
        var chain = HandDrivenChain(replicas: 3) {
            $0.wardens = $0.replicas
        }
        live(&chain, .milliseconds(300))
        #expect((UInt32(0)..<3).allSatisfy { chain.replica($0).isActive })
        chain.write(0, 1, number: 1)
        chain.settle()
        #expect(chain.outcomes(of: 1) == [.written(at: 1)])
    }
}
