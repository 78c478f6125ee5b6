import StateMachines
import Testing

@testable import ShenRing

/// That wardens who can decide something do decide it: with one of them who sees less than the others,
/// and on disks that are slower than they repeat what they say.
@Suite struct ChainBallotTests {
    private let wardens = [NodeID(100), NodeID(101), NodeID(102)]
    private static let step = Span.milliseconds(5)

    /// Three replicas and three wardens that have founded a chain.
    private func founded() -> HandDrivenChain {
        var chain = HandDrivenChain(replicas: 3, wardens: 3, runsWardens: true)
        chain.grants = false
        live(&chain, .milliseconds(200))
        return chain
    }

    /// Lets time pass in small steps. Messages that are not chosen are lost.
    private func live(
        _ chain: inout HandDrivenChain, _ span: Span,
        _ isChosen: (HandDrivenChain.Mail) -> Bool = { _ in true }
    ) {
        for _ in 0..<span.nanoseconds / Self.step.nanoseconds {
            chain.pass(Self.step)
            chain.settle(isChosen)
            chain.mail.removeAll { !isChosen($0) }
        }
    }

    private func isHeartbeat(_ letter: HandDrivenChain.Mail) -> Bool {
        if case .heartbeat = letter.message.body { true } else { false }
    }

    private func decided(_ chain: HandDrivenChain, _ warden: Int = 0) -> ChainConfiguration {
        chain.nodes[wardens[warden]]?.warden?.decided ?? .none
    }

    @Test func `a warden that comes back takes nobody for dead whom it had no time to hear`() {
        var chain = founded()
        let before = decided(chain)
        chain.crash(wardens[0])
        chain.start(wardens[0])
        // It hears n0 at once, and the others of the chain not yet.
        let isHeard = { (letter: HandDrivenChain.Mail) in
            letter.to != wardens[0] || letter.from == NodeID(0) || !isHeartbeat(letter)
        }
        live(&chain, chain.settings.suspicion / 2, isHeard)
        let warden = chain.nodes[wardens[0]]?.warden
        #expect(warden?.wanted(at: chain.now) == nil)
        #expect(warden?.promised == nil, "it began a ballot")
        // It does not believe in them for ever.
        live(&chain, chain.settings.suspicion, isHeard)
        let wanted = chain.nodes[wardens[0]]?.warden?.wanted(at: chain.now)
        #expect(wanted?.members == [before.members[0]])
    }

    @Test func `a warden that comes back does not turn away who is joining`() {
        var chain = founded()
        chain.crash(NodeID(2))
        live(&chain, .milliseconds(400))
        chain.start(NodeID(2))
        // The joiner stays one: the tail does not hear it.
        let isHeard = { (letter: HandDrivenChain.Mail) in
            letter.from != NodeID(2) || isHeartbeat(letter)
        }
        live(&chain, .milliseconds(100), isHeard)
        #expect(decided(chain).joiner?.node == NodeID(2))
        chain.crash(wardens[0])
        chain.start(wardens[0])
        live(&chain, chain.settings.suspicion / 2) { letter in
            isHeard(letter) && (letter.to != wardens[0] || letter.from != NodeID(2))
        }
        #expect(decided(chain).joiner?.node == NodeID(2))
    }

    @Test func `a warden that alone does not hear a member keeps the others from nothing`() {
        var chain = founded()
        let isHeard = { (letter: HandDrivenChain.Mail) in
            letter.to != wardens[0] || letter.from != NodeID(1)
        }
        live(&chain, .milliseconds(300), isHeard)
        #expect(decided(chain).epoch == 1, "the others hear n1")
        #expect(chain.nodes[wardens[0]]?.warden?.attempt != nil, "it wants to do without n1")
        chain.crash(NodeID(2))
        // As long as it takes to miss n2, and a few ballots; not for as long again.
        live(&chain, chain.settings.suspicion + chain.settings.retry * 6, isHeard)
        for warden in 0..<3 {
            #expect(decided(chain, warden).members.map(\.node.rawValue) == [0, 1])
        }
    }

    /// Lets time pass with disks whose syncs take so many steps, which begin one after the other.
    private func live(
        _ chain: inout HandDrivenChain, _ span: Span, sync steps: Int64,
        records: (_ waiting: Int) -> Int
    ) {
        var begun: [NodeID: Int] = [:]
        for step in 1...span.nanoseconds / Self.step.nanoseconds {
            chain.pass(Self.step)
            chain.deliver()
            guard step % steps == 0 else { continue }
            for node in chain.nodes.keys.sorted() {
                chain.sync(node, records: begun[node] ?? 0)
                begun[node] = records(chain.unsynced(node))
            }
        }
    }

    @Test(arguments: [true, false])
    func `wardens decide though a sync takes longer than they wait to repeat themselves`(
        isForAll: Bool
    ) {
        var chain = founded()
        chain.crash(NodeID(2))
        let steps = chain.settings.retry.nanoseconds * 4 / Self.step.nanoseconds
        // What comes during a sync is in the next one; or the first of it is, and the rest waits.
        live(&chain, .milliseconds(800), sync: steps) { isForAll ? $0 : min(1, $0) }
        #expect(decided(chain).members.map(\.node.rawValue) == [0, 1])
        #expect(chain.nodes.keys.allSatisfy { chain.unsynced($0) <= 2 }, "disks fall behind")
    }

    @Test func `wardens decide though a sync takes longer than an attempt`() {
        var chain = founded()
        chain.crash(NodeID(2))
        let attempt = chain.settings.lease + chain.settings.suspicion
        let sync = attempt * 3
        // Disks of the chain itself are as slow: what it decides meanwhile is who has to stay out.
        live(&chain, sync * 20, sync: sync.nanoseconds / Self.step.nanoseconds) { $0 }
        #expect(decided(chain).epoch > 1)
        #expect(!decided(chain).members.contains { $0.node == NodeID(2) })
    }
}
