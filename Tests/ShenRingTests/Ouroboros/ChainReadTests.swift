import StateMachines
import Testing

@testable import ShenRing

/// Reads and leases; apportioned reads are Terrace and Freedman 2009, §2.3.
@Suite struct ChainReadTests {
    private func apportioned(_ count: Int) -> HandDrivenChain {
        .running(count) { $0.reading = .anywhere }
    }

    @Test func `at the tail a read sees what is committed, and others say where the tail is`() {
        var chain = HandDrivenChain.running(3)
        chain.write(0, 1, number: 1)
        chain.settle { $0.to != NodeID(2) }
        chain.ask(2, .read, number: 2)
        chain.settle()
        chain.ask(2, .read, number: 3)
        chain.ask(0, .read, number: 4)
        #expect(chain.outcomes(of: 2) == [.value(nil)])
        #expect(chain.outcomes(of: 3) == [.value([1])])
        #expect(chain.outcomes(of: 4) == [.redirected(NodeID(2))])
    }

    @Test func `a clean key is answered by any member at once`() {
        var chain = apportioned(3)
        chain.write(0, 1, number: 1)
        chain.settle()
        chain.write(0, 2, number: 2, key: 9)
        for node in UInt32(0)..<3 { chain.ask(node, .read, number: UInt64(10 + node)) }
        for number in UInt64(10)..<13 { #expect(chain.outcomes(of: number) == [.value([1])]) }
    }

    @Test func `for a dirty key the tail is asked, and its answer decides the version`() {
        var chain = apportioned(3)
        chain.write(0, 1, number: 1)
        chain.settle()
        // The second version is at the middle, not at the tail.
        chain.write(0, 2, number: 2)
        chain.settle { $0.to == NodeID(1) }
        chain.ask(1, .read, number: 3)
        #expect(chain.outcomes(of: 3).isEmpty)
        func isQuery(_ letter: HandDrivenChain.Mail) -> Bool {
            switch letter.message.body {
            case .query, .version: true
            default: false
            }
        }
        chain.deliver(isQuery)
        #expect(chain.outcomes(of: 3) == [.value([1])])
        // Committed at the tail, and not known at the middle.
        chain.settle { $0.acknowledgement == nil }
        #expect(chain.replica(2).committed == 2 && chain.replica(1).committed == 1)
        chain.ask(1, .read, number: 4)
        chain.deliver(isQuery)
        #expect(chain.outcomes(of: 4) == [.value([2])])
        #expect(chain.replica(1).committed == 2)
    }

    @Test func `one query answers all reads that came before it, and none that came after`() {
        var chain = apportioned(2)
        chain.write(0, 1, number: 1)
        for number in UInt64(2)...5 { chain.ask(0, .read, number: number) }
        let queries = chain.mail.filter {
            if case .query = $0.message.body { true } else { false }
        }
        #expect(queries.count == 1)
        for query in queries { chain.hand(query) }
        chain.deliver {
            if case .version = $0.message.body { true } else { false }
        }
        #expect(chain.outcomes(of: 2) == [.value(nil)] && chain.outcomes(of: 5).isEmpty)
        chain.settle()
        #expect(chain.outcomes(of: 5).count == 1)
    }

    @Test func `a query that is lost is sent again`() {
        var chain = apportioned(2)
        chain.write(0, 1, number: 1)
        chain.ask(0, .read, number: 2)
        chain.mail = []
        chain.pass(chain.settings.resend)
        chain.settle()
        #expect(chain.outcomes(of: 2).count == 1)
    }

    @Test func `without a lease nothing is read, at the tail or elsewhere`() {
        var chain = apportioned(2)
        chain.grants = false
        let held = chain.settings.leaseHeld
        chain.now = chain.now + held - Span(nanoseconds: 1) - chain.settings.heartbeat
        chain.ask(1, .read, number: 1)
        #expect(chain.outcomes(of: 1) == [.value(nil)])
        chain.now = chain.now + held
        for node in UInt32(0)..<2 { chain.ask(node, .read, number: UInt64(2 + node)) }
        #expect(chain.outcomes(of: 2) == [.redirected(nil)])
        #expect(chain.outcomes(of: 3) == [.redirected(nil)])
        chain.write(0, 1, number: 4)
        #expect(chain.outcomes(of: 4) == [.redirected(nil)])
    }

    @Test func `a dirty key is not answered when the lease ends before the tail's word comes`() {
        var chain = apportioned(2)
        chain.write(0, 1, number: 1)
        chain.ask(0, .read, number: 2)
        chain.grants = false
        chain.now = chain.now + chain.settings.lease * 2
        chain.deliver { $0.forward == nil }
        #expect(chain.outcomes(of: 2) == [.redirected(nil)])
    }

    @Test func `a new tail answers when it knows what the old one had committed`() {
        var chain = HandDrivenChain.running(3)
        chain.write(0, 1, number: 1)
        chain.settle { $0.acknowledgement == nil }
        #expect(chain.outcomes(of: 1) == [.written(at: 1)] && chain.replica(1).committed == 0)
        chain.crash(NodeID(2))
        chain.configure(2, [0, 1])
        for node in UInt32(0)..<2 { chain.sync(NodeID(node)) }
        chain.ask(1, .read, number: 2)
        #expect(chain.outcomes(of: 2) == [.redirected(nil)])
        chain.settle()
        chain.ask(1, .read, number: 3)
        #expect(chain.outcomes(of: 3) == [.value([1])])
    }

    @Test func `a new tail that hears of a commit and is read in one turn answers with it`() throws
    {
        var chain = HandDrivenChain.running(3)
        chain.write(0, 1, number: 1)
        chain.settle { $0.acknowledgement == nil }
        #expect(chain.outcomes(of: 1) == [.written(at: 1)] && chain.replica(1).committed == 0)
        chain.crash(NodeID(2))
        chain.configure(2, [0, 1])
        for node in UInt32(0)..<2 { chain.sync(NodeID(node)) }
        chain.deliver { $0.to == NodeID(0) }
        let place = try #require(chain.mail.firstIndex { $0.forward != nil })
        let taking = chain.mail.remove(at: place)
        #expect(taking.to == NodeID(1) && chain.replica(1).committed == 0)
        chain.handTogether([taking, chain.request(1, .read, number: 2)])
        #expect(chain.outcomes(of: 2) == [.value([1])])
    }
}

@Suite struct LeaseLedgerTests {
    private let span = Span.milliseconds(100)

    private func moment(_ milliseconds: Int64) -> Moment {
        Moment(nanoseconds: milliseconds * 1_000_000)
    }

    @Test func `a lease counts from when the heartbeat was sent, and needs a majority`() {
        var ledger = LeaseLedger(wardens: 3, firstNumber: 5)
        let first = ledger.begin(at: moment(0))
        let second = ledger.begin(at: moment(20))
        ledger.grant(second, by: 0, majority: 2, span: span)
        #expect(!ledger.holds(at: moment(21)))
        ledger.grant(first, by: 2, majority: 2, span: span)
        #expect(ledger.holds(at: moment(99)) && !ledger.holds(at: moment(100)))
        ledger.grant(second, by: 2, majority: 2, span: span)
        #expect(ledger.holds(at: moment(119)) && !ledger.holds(at: moment(120)))
    }

    @Test func `grants for rounds that never were, or were long ago, count for nothing`() {
        var ledger = LeaseLedger(wardens: 1, firstNumber: 5)
        let first = ledger.begin(at: moment(0))
        ledger.grant(first + 1, by: 0, majority: 1, span: span)
        ledger.grant(0, by: 0, majority: 1, span: span)
        #expect(ledger.end == nil)
        for round in 1...20 { _ = ledger.begin(at: moment(Int64(round))) }
        ledger.grant(first, by: 0, majority: 1, span: span)
        #expect(ledger.end == nil)
    }
}
