import StateMachines
import Testing

@testable import ShenRing

/// Failures of members: van Renesse and Schneider 2004, §3.2.
@Suite struct ChainEpochTests {
    @Test func `when the head fails, the next one commits what it had from it`() {
        var chain = HandDrivenChain.running(3)
        chain.write(0, 1, number: 1)
        chain.deliver { $0.to == NodeID(1) }
        chain.crash(NodeID(0))
        chain.configure(2, [1, 2])
        chain.settle()
        #expect(chain.replica(1).isHead && chain.replica(2).isTail)
        #expect(chain.outcomes(of: 1) == [.written(at: 1)])
        // The client that heard nothing tries the new head.
        chain.write(1, 1, number: 1)
        chain.settle()
        #expect(chain.replica(1).log.last == 1)
        #expect(chain.outcomes(of: 1) == [.written(at: 1), .written(at: 1)])
    }

    @Test func `when the tail fails, the one before commits what it has`() {
        var chain = HandDrivenChain.running(3)
        chain.write(0, 1, number: 1)
        chain.settle { $0.to != NodeID(2) }
        #expect(chain.answers.isEmpty)
        chain.crash(NodeID(2))
        chain.configure(2, [0, 1])
        chain.settle()
        #expect(chain.outcomes(of: 1) == [.written(at: 1)])
        #expect(chain.answers.map(\.from) == [NodeID(1)])
    }

    @Test func `when one between fails, the one before sends on what was in flight`() {
        var chain = HandDrivenChain.running(4)
        for number in UInt64(1)...5 { chain.write(0, UInt8(number), number: number) }
        chain.settle { $0.to == NodeID(1) }
        chain.mail = []
        chain.crash(NodeID(1))
        chain.configure(2, [0, 2, 3])
        chain.settle()
        #expect((UInt64(1)...5).allSatisfy { chain.outcomes(of: $0) == [.written(at: $0)] })
    }

    @Test func `when all but one fail, that one goes on`() {
        var chain = HandDrivenChain.running(4)
        chain.write(0, 1, number: 1)
        chain.settle { $0.to <= NodeID(2) }
        for node in [0, 1, 3] { chain.crash(NodeID(UInt32(node))) }
        chain.configure(2, [2])
        chain.settle()
        #expect(chain.outcomes(of: 1) == [.written(at: 1)])
        chain.write(2, 2, number: 2)
        chain.settle()
        #expect(chain.outcomes(of: 2) == [.written(at: 2)])
    }

    @Test func `a head that was removed commits nothing, though it hears nothing of that`() {
        var chain = HandDrivenChain.running(3)
        chain.configure(2, [1, 2])
        chain.settle()
        chain.write(0, 1, number: 1)
        chain.settle()
        #expect(chain.outcomes(of: 1).isEmpty && chain.replica(0).committed == 0)
        #expect(chain.replica(1).log.last == 0)
        // Once it hears, it says who is the head.
        chain.configure(2, [1, 2], tells: [0])
        chain.write(0, 1, number: 2)
        #expect(chain.outcomes(of: 2) == [.redirected(NodeID(1))])
    }

    @Test func `nobody acts in an epoch before its record is durable`() {
        var chain = HandDrivenChain.running(2)
        chain.configure(2, [0, 1])
        #expect(!chain.replica(0).isActive)
        chain.write(0, 1, number: 1)
        #expect(chain.outcomes(of: 1) == [.redirected(nil)])
        chain.sync(NodeID(0))
        #expect(chain.replica(0).isActive)
    }

    @Test func `a member that restarts does not act in the epoch of its earlier life`() {
        var chain = HandDrivenChain.running(3)
        chain.write(0, 1, number: 1)
        chain.settle { $0.to != NodeID(2) }
        chain.crash(NodeID(0))
        chain.start(NodeID(0))
        chain.settle()
        chain.configure(1, [0, 1, 2])
        chain.settle()
        #expect(!chain.replica(0).isActive)
        chain.write(0, 2, number: 2)
        #expect(chain.outcomes(of: 2) == [.redirected(nil)])
        chain.configure(2, [0, 1, 2])
        chain.settle()
        #expect(chain.replica(0).isActive)
    }

    @Test func `after all have lost power, what was durable everywhere is there`() {
        var chain = HandDrivenChain.running(3)
        chain.write(0, 1, number: 1)
        chain.settle()
        chain.write(0, 2, number: 2)
        chain.deliver()
        chain.sync(NodeID(1))
        chain.sync(NodeID(2))
        // The head has handed the second write to its disk, and no more.
        for node in UInt32(0)..<3 { chain.crash(NodeID(node)) }
        for node in UInt32(0)..<3 { chain.start(NodeID(node)) }
        chain.settle()
        chain.configure(2, [0, 1, 2])
        chain.settle()
        chain.lease()
        #expect((UInt32(0)..<3).allSatisfy { chain.replica($0).log.last == 1 })
        chain.write(0, 3, number: 3)
        chain.settle()
        #expect(chain.outcomes(of: 3) == [.written(at: 2)] && chain.outcomes(of: 2).isEmpty)
        chain.ask(2, .read, number: 4)
        #expect(chain.outcomes(of: 4) == [.value([3])])
    }

    @Test func `a node that comes back drops what its predecessor never had`() {
        var chain = HandDrivenChain.running(3)
        chain.write(0, 1, number: 1)
        chain.settle()
        // Removed with entries that nobody else has.
        for number in UInt64(2)...4 { chain.write(0, 9, number: number) }
        chain.settle { $0.from != NodeID(0) }
        chain.mail = []
        chain.configure(2, [1, 2])
        chain.settle()
        chain.lease()
        chain.write(1, 5, number: 5)
        chain.settle()
        chain.configure(3, [1, 2], joiner: 0)
        chain.settle()
        #expect(chain.replica(0).log.last == 2)
        #expect(chain.replica(0).log[2] == chain.replica(2).log[2])
        #expect(chain.replica(0).state == chain.replica(2).state)
    }
}

/// A new member at the tail: van Renesse and Schneider 2004, §3.2 ("Extending a chain").
@Suite struct ChainJoiningTests {
    @Test func `a joiner catches up while writes go on, and the tail then waits for it`() {
        var chain = HandDrivenChain.running(2, spares: 1)
        for number in UInt64(1)...20 { chain.write(0, 1, number: number) }
        chain.settle()
        chain.configure(2, [0, 1], joiner: 2)
        for number in UInt64(21)...30 { chain.write(0, 1, number: number) }
        chain.settle { $0.to != NodeID(2) }
        // It is not waited for before it is near.
        #expect(chain.replica(1).committed == chain.replica(0).log.last)
        chain.settle()
        #expect(chain.replica(2).durable == chain.replica(1).log.last)
        #expect(chain.replica(1).hasPromised)
        chain.lease()
        chain.write(0, 1, number: 31)
        chain.settle { $0.to != NodeID(2) }
        #expect(chain.outcomes(of: 31).isEmpty)
        chain.settle()
        #expect(chain.outcomes(of: 31) == [.written(at: chain.replica(0).log.last)])
    }

    @Test func `a joiner comes to be in sync though writes never pause`() {
        var chain = HandDrivenChain.running(1, spares: 1) { $0.batch = 8 }
        chain.configure(2, [0], joiner: 1)
        var number: UInt64 = 0
        // A write, a step of each message under way, and a sync, over and over.
        for _ in 0..<100 {
            number += 1
            chain.write(0, 1, number: number)
            chain.sync(NodeID(0))
            let underWay = chain.mail
            chain.mail = []
            for letter in underWay { chain.hand(letter) }
            chain.sync(NodeID(1))
        }
        #expect(chain.replica(0).hasPromised)
        #expect(chain.replica(0).committed > 50)
    }

    @Test func `a joiner answers nothing before it is a member`() {
        var chain = HandDrivenChain.running(1, spares: 1) { $0.reading = .anywhere }
        chain.configure(2, [0], joiner: 1)
        chain.settle()
        chain.lease()
        chain.ask(1, .read, number: 1)
        #expect(chain.outcomes(of: 1) == [.redirected(nil)])
        chain.configure(3, [0, 1])
        chain.settle()
        chain.lease()
        chain.ask(1, .read, number: 2)
        #expect(chain.outcomes(of: 2) == [.value(nil)])
    }

    @Test func `what a tail commits before it hears of the new tail, the new tail has`() {
        var chain = HandDrivenChain.running(1, spares: 1)
        chain.configure(2, [0], joiner: 1)
        chain.settle()
        chain.lease()
        // The joiner is made a member, and its predecessor removed, before that hears of either.
        chain.write(0, 7, number: 1)
        chain.settle()
        #expect(chain.outcomes(of: 1) == [.written(at: 1)])
        chain.configure(4, [1])
        chain.settle()
        chain.lease()
        chain.ask(1, .read, number: 2)
        #expect(chain.outcomes(of: 2) == [.value([7])])
    }

    @Test func `a joiner that is far behind is given the state, and then entries`() {
        var chain = HandDrivenChain.running(2, spares: 1) {
            $0.compaction = CompactionRule(entries: 4, keeping: 4)
        }
        for number in UInt64(1)...40 {
            chain.write(0, UInt8(number), number: number, key: number % 5)
            chain.settle()
        }
        #expect(chain.replica(1).log.base > 0)
        chain.configure(2, [0, 1], joiner: 2)
        chain.settle()
        #expect(
            chain.events.contains {
                if case .installed = $0.event { $0.node == NodeID(2) } else { false }
            })
        #expect(chain.replica(2).durable == 40)
        chain.configure(3, [0, 1, 2])
        chain.settle()
        chain.lease()
        chain.write(0, 1, number: 3)
        chain.settle()
        #expect(chain.outcomes(of: 3) == [.written(at: 3), .written(at: 3)], "still known")
        #expect(chain.replica(2).state == chain.replica(0).state)
    }

    @Test func `entries on their way to a joiner are bounded`() {
        var chain = HandDrivenChain.running(1, spares: 1) {
            $0.batch = 2
            $0.catchUpWindow = 6
        }
        for number in UInt64(1)...30 { chain.write(0, 1, number: number) }
        chain.settle()
        chain.configure(2, [0], joiner: 1)
        var most = 0
        for _ in 0..<100 {
            let underWay = chain.mail.compactMap(\.forward).reduce(0) { $0 + $1.entries.count }
            most = max(most, underWay)
            guard !chain.mail.isEmpty else {
                for node in UInt32(0)..<2 { chain.sync(NodeID(node)) }
                if chain.mail.isEmpty { break }
                continue
            }
            chain.hand(chain.mail.removeFirst())
        }
        #expect(most > 0 && most <= 6)
        #expect(chain.replica(1).durable == 30)
    }

    @Test func `a node whose disk is gone is another member`() {
        var chain = HandDrivenChain.running(2)
        let before = chain.member(1)
        chain.crash(NodeID(1), losesDisk: true)
        chain.start(NodeID(1))
        chain.settle()
        #expect(chain.member(1).node == before.node && chain.member(1) != before)
        let configuration = ChainConfiguration(epoch: 2, members: [chain.member(0), before])
        chain.hand(
            HandDrivenChain.Mail(
                from: HandDrivenChain.firstWarden, to: NodeID(1),
                message: chain.message(.configuration(configuration))))
        #expect(chain.replica(1).role == .outside)
    }
}
