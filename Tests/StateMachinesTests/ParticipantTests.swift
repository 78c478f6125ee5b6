import StateMachines
import Testing

@Suite struct ParticipantTests {
    private typealias Member = Participant<Counter, Asker>
    private static let now = Moment(nanoseconds: 7)
    private static let here = NodeID(1)

    /// The effects of a step.
    private static func effects(
        _ position: RecordPosition = 0, of step: (inout Effects<Member>) -> Void
    ) -> Effects<Member> {
        var effects = Effects<Member>(position: position)
        step(&effects)
        return effects
    }

    private static func told(_ effects: Effects<Member>) -> [String] {
        effects.events.map { event in
            switch event {
            case .server(let text): text
            case .client(let number): "client: \(number)"
            }
        }
    }

    @Test func `a server is handed everything, and its records and answers come out`() {
        var member = Member.server(Counter())
        let started = Self.effects { member.start(at: Self.now, into: &$0) }
        #expect(Self.told(started) == ["server started"])
        #expect(member.deadline == Self.now + .seconds(1))
        let received = Self.effects(4) {
            member.receive(30, from: Self.here, at: Self.now, into: &$0)
        }
        #expect(received.records == [30] && received.position == 5)
        #expect(received.messages.isEmpty)
        let early = Self.effects(5) { member.stored(through: 4, at: Self.now, into: &$0) }
        #expect(early.isEmpty)
        let stored = Self.effects(5) { member.stored(through: 5, at: Self.now, into: &$0) }
        #expect(stored.messages.map(\.message) == [30])
        #expect(stored.messages.map(\.receiver) == [Self.here])
        let handled = Self.effects(5) {
            member.handle(.server(70), at: Self.now, into: &$0)
        }
        #expect(handled.records == [70] && handled.position == 6)
        let woken = Self.effects(6) { member.wake(at: Self.now, into: &$0) }
        #expect(Self.told(woken) == ["server woken at 7 ns"])
        #expect(member.deadline == nil)
        guard case .server(let server) = member else { return #expect(Bool(false)) }
        #expect(server.total == 70)
    }

    @Test func `a client is handed everything, and stores nothing`() {
        var member = Member.client(Asker(server: Self.here))
        let started = Self.effects { member.start(at: Self.now, into: &$0) }
        #expect(Self.told(started) == ["client: -1"])
        let asked = Self.effects(3) { member.handle(.client(5), at: Self.now, into: &$0) }
        #expect(asked.messages.map(\.message) == [5] && asked.position == 3)
        #expect(member.deadline == Self.now + .milliseconds(5))
        let woken = Self.effects { member.wake(at: Self.now, into: &$0) }
        #expect(Self.told(woken) == ["client: -2"])
        let received = Self.effects {
            member.receive(9, from: Self.here, at: Self.now, into: &$0)
        }
        #expect(Self.told(received) == ["client: 9"])
        #expect(member.deadline == nil)
        #expect(Self.effects { member.stored(through: 0, at: Self.now, into: &$0) }.isEmpty)
    }

    @Test func `what is in the effects already stays before what a step adds`() {
        var member = Member.client(Asker(server: Self.here))
        let effects = Self.effects {
            $0.send(1, to: Self.here)
            $0.report(.client(0))
            member.handle(.client(2), at: Self.now, into: &$0)
            member.receive(3, from: Self.here, at: Self.now, into: &$0)
        }
        #expect(effects.messages.map(\.message) == [1, 2])
        #expect(Self.told(effects) == ["client: 0", "client: 3"])
    }

    @Test func `a request for the other kind traps`() async {
        await #expect(processExitsWith: .failure) {
            var member = Participant<Counter, Asker>.server(Counter())
            var effects = Effects<Participant<Counter, Asker>>()
            member.handle(.client(1), at: Moment(nanoseconds: 0), into: &effects)
        }
        await #expect(processExitsWith: .failure) {
            var member = Participant<Counter, Asker>.client(Asker(server: NodeID(0)))
            var effects = Effects<Participant<Counter, Asker>>()
            member.handle(.server(1), at: Moment(nanoseconds: 0), into: &effects)
        }
    }
}
