import StateMachines
import Testing

@testable import ShenRing

/// Writes while the configuration stays: van Renesse and Schneider 2004, §3.
@Suite struct ChainWriteTests {
    @Test func `the tail answers once every member has the write on its disk, and nobody before`() {
        for missing in UInt32(0)..<3 {
            var chain = HandDrivenChain.running(3)
            chain.write(0, 1, number: 1)
            for _ in 0..<3 {
                chain.deliver()
                for node in UInt32(0)..<3 where node != missing { chain.sync(NodeID(node)) }
            }
            #expect(chain.answers.isEmpty, "without the disk of n\(missing)")
            #expect((UInt32(0)..<3).allSatisfy { chain.replica($0).committed == 0 })
            chain.settle()
            #expect(chain.outcomes(of: 1) == [.written(at: 1)])
            #expect(chain.answers.map(\.from) == [NodeID(2)])
        }
    }

    @Test func `through the head, the head answers when the acknowledgement is back`() {
        var chain = HandDrivenChain.running(3) { $0.answering = .throughHead }
        chain.write(0, 1, number: 1)
        chain.settle { $0.acknowledgement == nil }
        #expect(chain.replica(2).committed == 1 && chain.answers.isEmpty)
        chain.settle()
        #expect(chain.answers.map(\.from) == [NodeID(0)])
    }

    @Test func `entries leave before or after the own sync, as the settings say`() {
        var chain = HandDrivenChain.running(2) { $0.forwarding = .atOnce }
        chain.write(0, 1, number: 1)
        #expect(chain.mail.compactMap(\.forward).map(\.entries.count) == [1])
        #expect(chain.mail.compactMap(\.forward).map(\.durable) == [0])
        chain = HandDrivenChain.running(2) { $0.forwarding = .whenDurable }
        chain.write(0, 1, number: 1)
        #expect(chain.mail.compactMap(\.forward).isEmpty)
        chain.sync(NodeID(0))
        #expect(chain.mail.compactMap(\.forward).map(\.durable) == [1])
    }

    @Test func `a write takes a message a hop and back where nodes forward what is durable`() {
        var chain = HandDrivenChain.running(4) { $0.forwarding = .whenDurable }
        var sent = 0
        chain.write(0, 1, number: 1)
        for _ in 0..<20 {
            sent += chain.mail.count
            let batch = chain.mail
            chain.mail = []
            for letter in batch { chain.hand(letter) }
            for node in UInt32(0)..<4 { chain.sync(NodeID(node)) }
        }
        #expect(sent == 6)
        #expect((UInt32(0)..<4).allSatisfy { chain.replica($0).committed == 1 })
    }

    @Test func `requests that come together take one record and one message a hop`() {
        var chain = HandDrivenChain.running(3)
        func absorb(_ id: UInt32, _ letters: [(ChainMessage, from: NodeID)]) {
            chain.step(NodeID(id)) { node, now, effects in
                for (message, sender) in letters {
                    node.absorb(message, from: sender, at: now, into: &effects)
                }
                node.settle(at: now, into: &effects)
            }
        }
        func request(_ number: UInt64) -> ChainMessage {
            let name = RequestID(client: HandDrivenChain.client, number: number)
            let request = ClientRequest(
                id: name, oldest: 1, key: number % 2, operation: .write([UInt8(number)]))
            return .request(request, cluster: chain.settings.cluster)
        }
        absorb(0, (1...5).map { (request($0), HandDrivenChain.client) })
        #expect(chain.unsynced(NodeID(0)) == 1)
        #expect(chain.mail.compactMap(\.forward).map(\.entries.count) == [5])
        // What is in the middle of them finds those before it stored and sent on.
        let middle = chain.mail.removeFirst()
        absorb(1, [(middle.message, middle.from)])
        #expect(chain.unsynced(NodeID(1)) == 1)
        #expect(chain.mail.compactMap(\.forward).map(\.entries.count) == [5])
        chain.settle()
        #expect((1...5).allSatisfy { chain.outcomes(of: $0) == [.written(at: $0)] })
        // The same one by one: records and messages of their own.
        for number in UInt64(6)...7 {
            chain.hand(.init(from: HandDrivenChain.client, to: NodeID(0), message: request(number)))
        }
        #expect(chain.unsynced(NodeID(0)) == 2)
        #expect(chain.mail.compactMap(\.forward).map(\.entries.count) == [1, 1])
    }

    @Test func `what was absorbed is stored before a new configuration is`() {
        var chain = HandDrivenChain.running(2)
        let request = ClientRequest(
            id: RequestID(client: HandDrivenChain.client, number: 1), oldest: 1, key: 1,
            operation: .write([1]))
        let next = ChainConfiguration(epoch: 2, members: [chain.member(0), chain.member(1)])
        let messages: [(ChainMessage, NodeID)] = [
            (.request(request, cluster: chain.settings.cluster), HandDrivenChain.client),
            (chain.message(.configuration(next)), HandDrivenChain.firstWarden),
        ]
        chain.step(NodeID(0)) { node, now, effects in
            for (message, sender) in messages {
                node.absorb(message, from: sender, at: now, into: &effects)
            }
            node.settle(at: now, into: &effects)
            guard case .entries(after: 0, _, let entries)? = effects.records.first,
                case .entered(next)? = effects.records.last
            else {
                Issue.record("stored \(effects.records)")
                return
            }
            #expect(entries.map(\.request) == [request] && effects.records.count == 2)
        }
    }

    @Test func `acknowledgements trim what is in flight, from the tail to the head`() {
        var chain = HandDrivenChain.running(3)
        chain.write(0, 1, number: 1)
        chain.settle { $0.acknowledgement == nil }
        #expect((UInt32(0)..<3).map { chain.replica($0).committed } == [0, 0, 1])
        chain.settle { $0.acknowledgement == nil || $0.to == NodeID(1) }
        #expect((UInt32(0)..<3).map { chain.replica($0).committed } == [0, 1, 1])
        chain.settle()
        #expect((UInt32(0)..<3).map { chain.replica($0).committed } == [1, 1, 1])
    }

    @Test func `a request that comes again is answered as it was, and applied once`() {
        var chain = HandDrivenChain.running(3)
        chain.write(0, 1, number: 1)
        chain.write(0, 1, number: 1)
        #expect(chain.replica(0).log.last == 1)
        chain.settle()
        chain.write(0, 1, number: 1)
        chain.settle()
        #expect(chain.outcomes(of: 1) == [.written(at: 1), .written(at: 1)])
        #expect(chain.replica(2).log.last == 1)
    }

    @Test func `a head with a full window takes no more, and says so`() {
        var chain = HandDrivenChain.running(2) { $0.window = 2 }
        for number in UInt64(1)...3 { chain.write(0, 1, number: number) }
        #expect(chain.outcomes(of: 3) == [.overloaded])
        chain.settle()
        #expect(chain.outcomes(of: 1) == [.written(at: 1)])
        chain.write(0, 1, number: 3)
        chain.settle()
        #expect(chain.outcomes(of: 3) == [.overloaded, .written(at: 3)])
    }

    @Test func `a head whose window is full of bytes takes no more until they are committed`() {
        var chain = HandDrivenChain.running(2) { $0.windowBytes = 1 }
        for number in UInt64(1)...2 { chain.write(0, 1, number: number) }
        #expect(chain.outcomes(of: 2) == [.overloaded])
        chain.settle()
        chain.write(0, 1, number: 2)
        chain.settle()
        #expect(chain.outcomes(of: 2) == [.overloaded, .written(at: 2)])
        chain.write(0, 1, number: 3)
        chain.settle()
        #expect(chain.outcomes(of: 3) == [.written(at: 3)])
    }

    @Test func `writes are taken by the head alone, and other members say where it is`() {
        var chain = HandDrivenChain.running(3)
        chain.write(1, 1, number: 1)
        chain.write(2, 1, number: 2)
        #expect(chain.outcomes(of: 1) == [.redirected(NodeID(0))])
        #expect(chain.outcomes(of: 2) == [.redirected(NodeID(0))])
    }

    @Test func `a chain of one commits what its own disk has`() {
        var chain = HandDrivenChain.running(1)
        chain.write(0, 1, number: 1)
        #expect(chain.answers.isEmpty)
        chain.settle()
        #expect(chain.outcomes(of: 1) == [.written(at: 1)])
        chain.ask(0, .read, number: 2)
        #expect(chain.outcomes(of: 2) == [.value([1])])
    }

    @Test func `what comes together leaves in batches of the size that is allowed`() {
        var chain = HandDrivenChain.running(2) {
            $0.batch = 3
            $0.batchDelay = .milliseconds(1)
        }
        for number in UInt64(1)...8 { chain.write(0, 1, number: number) }
        #expect(chain.mail.compactMap(\.forward).map(\.entries.count) == [1, 3, 3])
        chain.pass(.milliseconds(1))
        #expect(chain.mail.compactMap(\.forward).map(\.entries.count) == [1, 3, 3, 1])
    }
}

/// What the network does to a chain.
@Suite struct ChainRepetitionTests {
    private func isForward(_ letter: HandDrivenChain.Mail) -> Bool { letter.forward != nil }

    @Test func `entries after a gap are not taken, and what is missing is sent again once`() {
        var chain = HandDrivenChain.running(2)
        for number in UInt64(1)...4 { chain.write(0, 1, number: number) }
        let forwards = chain.mail.filter(isForward)
        #expect(forwards.count == 4)
        chain.mail.removeAll { $0 == forwards[0] }
        chain.deliver { $0.forward != nil }
        #expect(chain.replica(1).log.last == 0)
        let told = chain.mail.compactMap(\.acknowledgement)
        #expect(told.count == 1 && told[0].misses && told[0].received == 0)
        chain.deliver { $0.acknowledgement != nil }
        #expect(chain.mail.compactMap(\.forward).map(\.entries.count) == [4])
        chain.settle()
        #expect((UInt64(1)...4).allSatisfy { chain.outcomes(of: $0) == [.written(at: $0)] })
    }

    @Test func `a lost last message is asked for after a while, with one message`() {
        var chain = HandDrivenChain.running(2)
        chain.write(0, 1, number: 1)
        chain.mail = []
        chain.sync(NodeID(0))
        chain.mail = []
        chain.pass(chain.settings.resend)
        let asked = chain.mail.compactMap(\.forward)
        #expect(asked.count == 1 && asked[0].asks && asked[0].entries.isEmpty)
        chain.settle()
        #expect(chain.outcomes(of: 1) == [.written(at: 1)])
    }

    @Test func `doubled and overtaken messages change nothing`() {
        var chain = HandDrivenChain.running(3)
        for number in UInt64(1)...4 { chain.write(0, UInt8(number), number: number) }
        chain.mail = chain.mail + chain.mail.reversed() + chain.mail
        chain.settle()
        #expect((UInt32(0)..<3).allSatisfy { chain.replica($0).log.last == 4 })
        #expect(chain.replica(2).state.value(of: 1)?.value == [4])
        #expect((UInt64(1)...4).allSatisfy { chain.outcomes(of: $0) == [.written(at: $0)] })
    }

    @Test func `a silent successor is reported to the wardens, and asked once a period`() {
        var chain = HandDrivenChain.running(2)
        chain.write(0, 1, number: 1)
        chain.sync(NodeID(0))
        chain.mail = []
        chain.crash(NodeID(1))
        var asked = 0
        let periods = chain.settings.stall.nanoseconds / chain.settings.resend.nanoseconds
        for _ in 0..<periods + 3 {
            chain.pass(chain.settings.resend)
            asked += chain.mail.filter(isForward).count
            chain.mail = []
        }
        #expect(asked <= Int(periods) + 4)
        chain.grants = false
        var told: [NodeID?] = []
        chain.now = chain.now + chain.settings.heartbeat
        chain.step(NodeID(0)) { node, now, effects in
            node.wake(at: now, into: &effects)
            for outgoing in effects.messages {
                if case .heartbeat(let heartbeat) = outgoing.message.body {
                    told.append(heartbeat.cutOff)
                }
            }
        }
        #expect(told == [NodeID(1)])
    }

    @Test func `messages of other clusters, versions, senders and epochs are counted and ignored`()
    {
        var chain = HandDrivenChain.running(2)
        chain.write(0, 1, number: 1)
        let letter = chain.mail.first(where: isForward)
        guard let letter, let forward = letter.forward else {
            Issue.record("nothing was forwarded")
            return
        }
        let before = chain.nodes[NodeID(1)]?.ignored.total
        func hand(_ message: ChainMessage, from sender: NodeID) {
            chain.hand(HandDrivenChain.Mail(from: sender, to: NodeID(1), message: message))
        }
        hand(ChainMessage(.forward(forward), cluster: ClusterID(8)), from: NodeID(0))
        hand(
            ChainMessage(.forward(forward), cluster: ClusterID(7), version: 2), from: NodeID(0))
        hand(letter.message, from: NodeID(9))
        for epoch in [UInt64(0), 2] {
            let other = ChainForward(
                epoch: epoch, previous: 0, previousEpoch: 0, entries: forward.entries,
                durable: 1, committed: 1, asks: false)
            hand(chain.message(.forward(other)), from: NodeID(0))
        }
        hand(chain.message(.ballot(.accepted(epoch: 1, ballot))), from: NodeID(0))
        let ignored = chain.nodes[NodeID(1)]?.ignored
        #expect(ignored?.total == (before ?? 0) + 6)
        #expect(ignored?.foreign == 1 && ignored?.versions == 1 && ignored?.unknown == 1)
        #expect(ignored?.old == 1 && ignored?.future == 1 && ignored?.misdirected == 1)
        #expect(chain.replica(1).log.last == 0)
    }

    private var ballot: ChainBallot { ChainBallot(round: 1, warden: NodeID(100)) }
}
