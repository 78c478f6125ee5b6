import Randomness
import StateMachines
import TestSupport
import Testing

@testable import ShenRing

@Suite struct SundialProbeTests {
    @Test func `a period has one probe, which an answer ends`() {
        var node = LoneNode(members: 4)
        node.wait(.seconds(1))
        let sent = node.takeSent()
        #expect(sent.count == 1)
        let sequence = sent[0].ping ?? 0
        node.hear(.ack(sequence: sequence &+ 9), from: 3)
        node.hear(.ack(sequence: sequence), from: sent[0].receiver.place)
        node.wait(.milliseconds(999))
        #expect(node.takeSent().isEmpty)
        #expect(node.told.last == .probed(sent[0].receiver, answered: true))
        node.wait(.milliseconds(1))
        #expect(node.takeSent().count == 1)
        #expect(node.machine.counts.answeredProbes == 1 && node.machine.memberCount == 4)
    }

    @Test func `no answer within the timeout has helpers asked, SWIM, section 3 1`() {
        var node = LoneNode(members: 6)
        node.wait(.seconds(1))
        let ping = node.takeSent()[0]
        node.wait(.milliseconds(499))
        #expect(node.takeSent().isEmpty)
        node.wait(.milliseconds(1))
        let requests = node.takeSent()
        #expect(requests.count == 3)
        #expect(Set(requests.map(\.receiver)).count == 3)
        #expect(requests.allSatisfy { $0.receiver != ping.receiver && $0.receiver != NodeID(0) })
        #expect(requests.allSatisfy { $0.pingRequest?.target == ping.receiver })
        node.hear(.ack(sequence: ping.ping ?? 0), from: requests[0].receiver.place)
        node.wait(.milliseconds(499))
        #expect(node.machine.localHealth == 0)
        #expect(node.state(of: ping.receiver.place) == alive(1))
    }

    @Test func `no answer at all makes a suspect at the end of the period`() {
        var node = LoneNode(members: 6)
        node.wait(.seconds(1))
        let target = node.takeSent()[0].receiver
        node.wait(.milliseconds(999))
        #expect(node.state(of: target.place) == alive(1))
        node.wait(.milliseconds(1))
        #expect(node.state(of: target.place) == suspect(1))
        #expect(node.told.contains(.probed(target, answered: false)))
        // One for the probe, one for each of three helpers that said nothing; Lifeguard, IV-A.
        #expect(node.machine.localHealth == 4)
    }

    @Test func `helpers that say that they got no answer speak for this node`() {
        var node = LoneNode(members: 6)
        node.wait(.milliseconds(1_500))
        let sequence = node.takeSent()[0].ping ?? 0
        for helper in 1...3 { node.hear(.nack(sequence: sequence), from: helper) }
        node.hear(.nack(sequence: sequence), from: 4)
        node.wait(.milliseconds(500))
        #expect(node.machine.localHealth == 1)
    }

    @Test func `a node that trusts itself less probes more slowly, and recovers`() {
        var node = LoneNode(members: 6)
        node.wait(.seconds(2))
        #expect(node.machine.localHealth == 4)
        _ = node.takeSent()
        // The probe that began with the failure lasts five periods, and its timeout is as long.
        node.wait(.milliseconds(2_499))
        #expect(node.takeSent().isEmpty)
        node.wait(.milliseconds(1))
        let requests = node.takeSent()
        #expect(!requests.isEmpty && requests.allSatisfy { $0.pingRequest != nil })
        node.hear(.ack(sequence: requests[0].pingRequest?.sequence ?? 0), from: 2)
        #expect(node.machine.localHealth == 3)
    }

    @Test func `a helper pings, hands the answer back, and says in time that there is none`() {
        var node = LoneNode(members: 4) { $0.isInStep = false }
        node.hear(.pingRequest(sequence: 77, target: NodeID(2)), from: 1)
        let ping = node.takeSent()[0]
        #expect(ping.receiver == NodeID(2) && ping.ping != nil)
        node.hear(.ack(sequence: ping.ping ?? 0), from: 2)
        let answer = node.takeSent()
        #expect(answer.count == 1 && answer[0].receiver == NodeID(1))
        if case .ack(let sequence) = answer[0].message.body { #expect(sequence == 77) }

        node.hear(.pingRequest(sequence: 78, target: NodeID(2)), from: 1)
        let second = node.takeSent()[0].ping ?? 0
        node.wait(.milliseconds(400))
        #expect(node.takeSent().contains { $0.isNack && $0.receiver == NodeID(1) })
        node.hear(.ack(sequence: second), from: 2)
        #expect(
            node.takeSent().contains { $0.isAck && $0.receiver == NodeID(1) }, "late, but better")
        node.hear(.ack(sequence: second), from: 2)
        #expect(!node.takeSent().contains { $0.isAck }, "once")
    }

    @Test func `a helper does so many probes at a time and no more`() {
        var node = LoneNode(members: 4) { $0.isInStep = false }
        for sequence in 0..<200 {
            node.hear(.pingRequest(sequence: UInt32(sequence), target: NodeID(2)), from: 1)
        }
        #expect(node.takeSent().count == Sundial.mostRelays)
        node.wait(.seconds(5))
        node.hear(.pingRequest(sequence: 900, target: NodeID(2)), from: 1)
        #expect(node.takeSent().contains { $0.ping != nil && $0.receiver == NodeID(2) })
    }

    @Test func `a member waits for at most 2n − 1 probes, SWIM, section 4 3, joiners included`() {
        var generator = testSeed.derived(for: "probe order").generator()
        for _ in 0..<testRounds(50) {
            var count = 2 + Int(generator.next(below: 20))
            var table = MembershipTable(members: count)
            var order = ProbeOrder(count: count)
            var waits = [Int](repeating: 0, count: count)
            var orders = Set<[Int]>()
            var probed: [Int] = []
            for _ in 0..<12 * count {
                if generator.next(below: 30) == 0 {
                    table.set(alive(1), of: NodeID(place: count))
                    order.insert(NodeID(place: count))
                    waits.append(0)
                    count += 1
                }
                guard let node = order.next(of: table, by: &generator, where: { _ in true }) else {
                    Issue.record("nobody to probe, \(replay)")
                    return
                }
                for place in waits.indices { waits[place] += 1 }
                #expect(waits[node.place] <= 2 * count - 1, "\(replay)")
                waits[node.place] = 0
                probed.append(node.place)
                if probed.count == count {
                    orders.insert(probed)
                    probed = []
                }
            }
            if count > 8 { #expect(orders.count > 1, "rounds differ, \(replay)") }
        }
    }

    @Test func `an order passes over who may not be probed and drops who is unknown`() {
        var generator = Seed(1).generator()
        var table = MembershipTable(members: 5)
        var order = ProbeOrder(count: 5)
        table.set(.unknown, of: NodeID(1))
        let probed = (0..<30).compactMap { _ in
            order.next(of: table, by: &generator) { $0 != NodeID(2) }?.place
        }
        #expect(probed.count == 30 && Set(probed) == [0, 3, 4])
        #expect(order.next(of: table, by: &generator) { _ in false } == nil)
        var nobody = ProbeOrder(count: 0)
        #expect(nobody.next(of: table, by: &generator) { _ in true } == nil)
    }

    @Test func `clusters of one and of two get along`() {
        var lone = LoneNode(members: 1)
        lone.wait(.seconds(30))
        #expect(lone.sent.isEmpty && lone.machine.memberCount == 1)
        var pair = LoneNode(members: 2) {
            $0.suspicion = SuspicionSettings(patience: 2, stretch: 6, confirmations: 3)
        }
        pair.wait(.seconds(1))
        #expect(pair.takeSent().map(\.receiver) == [NodeID(1)])
        pair.wait(.seconds(3))
        #expect(pair.state(of: 1) == dead(1))
    }

    @Test func `a node that stood still accuses nobody of that time`() {
        var node = LoneNode(members: 4)
        node.wait(.seconds(1))
        node.sleep(.seconds(30))
        node.wake()
        #expect(node.machine.memberCount == 4)
        #expect(!node.told.contains { if case .changed = $0 { true } else { false } })
        #expect(node.machine.localHealth == 1)
    }
}
