import StateMachines
import Testing

@Suite struct TimeTests {
    @Test func `spans are whole nanoseconds, whatever they are made from`() {
        #expect(Span.microseconds(3) == Span(nanoseconds: 3_000))
        #expect(Span.milliseconds(-3) == Span(nanoseconds: -3_000_000))
        #expect(Span.seconds(3) == Span(nanoseconds: 3_000_000_000))
        #expect(Span(seconds: 1.5) == .milliseconds(1_500))
        #expect(Span(seconds: 0.49e-9) == .zero)
        #expect(Span(seconds: 0.51e-9) == Span(nanoseconds: 1))
        #expect(Span.milliseconds(250).inSeconds == 0.25)
    }

    @Test func `spans add, multiply and divide, and order by length`() {
        let two = Span(nanoseconds: 2)
        let seven = Span(nanoseconds: 7)
        #expect(two + seven == Span(nanoseconds: 9))
        #expect(two - seven == Span(nanoseconds: -5))
        #expect(seven * 3 == Span(nanoseconds: 21))
        #expect(seven / 2 == Span(nanoseconds: 3))
        #expect((two - seven) / 2 == Span(nanoseconds: -2))
        #expect(seven.scaled(by: 0.5) == Span(nanoseconds: 4))
        #expect(two - seven < .zero && .zero < two && two < seven)
    }

    @Test func `moments of a clock differ by spans`() {
        let moment = Moment(nanoseconds: 40)
        let later = moment + Span(nanoseconds: 2)
        #expect(later - moment == Span(nanoseconds: 2))
        #expect(moment - later == Span(nanoseconds: -2))
        #expect(later - Span(nanoseconds: 2) == moment)
        #expect(moment < later)
    }

    @Test func `times and nodes are printed with what they are`() {
        #expect("\(Span.microseconds(2))" == "2000 ns")
        #expect("\(Moment(nanoseconds: -1))" == "-1 ns")
        #expect("\(NodeID(7))" == "n7")
    }

    @Test func `a node's number is its place`() {
        #expect(NodeID(place: 7) == NodeID(7))
        #expect(NodeID(7).place == 7)
        #expect(NodeID(7) < NodeID(8))
    }
}
