import StateMachines
import Testing

@testable import ShenRing

/// When a log is dropped, and how much of it stays.
@Suite struct CompactionRuleTests {
    @Test func `entries stay up to the number that the rule keeps, and to a quarter of its bytes`()
    {
        let rule = CompactionRule(entries: 10, keeping: 4, bytes: 400)
        #expect(rule.kept(of: 9) { _ in 10 } == 4)
        #expect(rule.kept(of: 3) { _ in 10 } == 3)
        #expect(rule.kept(of: 9) { _ in 40 } == 2)
        #expect(rule.kept(of: 9) { $0 == 0 ? 100 : 1 } == 1)
        #expect(rule.kept(of: 9) { _ in 101 } == 0)
        #expect(CompactionRule(entries: 1, keeping: 2).kept(of: 5) { _ in 1 << 40 } == 2)
    }

    @Test func `it is time after so many entries or bytes, and not before`() {
        let rule = CompactionRule(entries: 3, keeping: 1, bytes: 100)
        var due = CompactionDue()
        for _ in 0..<2 { due.applied(bytes: 10) }
        #expect(!due.isReached(rule))
        due.applied(bytes: 10)
        #expect(due.isReached(rule))
        due = CompactionDue()
        due.applied(bytes: 99)
        #expect(!due.isReached(rule))
        due.applied(bytes: 1)
        #expect(due.isReached(rule))
    }

    @Test func `a chain of few large values keeps no more of them than the rule's bytes`() {
        var chain = HandDrivenChain.running(2) {
            $0.compaction = CompactionRule(entries: 1000, keeping: 1000, bytes: 40_000)
        }
        let value = [UInt8](repeating: 7, count: 4_000)
        var (most, least) = (UInt64.min, UInt64.max)
        for number in UInt64(1)...60 {
            chain.ask(0, .write(value), number: number)
            chain.settle()
            for node in UInt32(0)..<2 {
                let log = chain.replica(node).log
                most = max(most, log.last - log.base)
                if number > 20 { least = min(least, log.last - log.base) }
            }
        }
        #expect(chain.replica(1).committed == 60)
        // Ten of them reach the limit, and two stay.
        #expect(most <= 12 && least <= 3)
    }

    @Test func `a quorum of few large values does too`() throws {
        var settings = SteppedNode.settings
        settings.compaction = CompactionRule(entries: 1000, keeping: 1000, bytes: 40_000)
        var cluster = try SteppedQuorum(3, settings: settings)
        let leader = cluster.elect()
        for number in UInt64(1)...60 {
            cluster.request(
                SteppedNode.write(number, [UInt8](repeating: 7, count: 4_000)), of: leader)
        }
        cluster.pass(settings.heartbeat * 30)
        for node in 0..<3 as Range<UInt32> {
            #expect(cluster[node].commitIndex >= 60)
            #expect(cluster[node].lastIndex - cluster[node].log.base.index <= 12)
        }
    }
}
