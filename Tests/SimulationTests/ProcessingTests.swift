import Randomness
import Simulation
import StateMachines
import Testing

@Suite struct ProcessingTests {
    private static let costs = ProcessingCosts(
        receive: .milliseconds(3), send: .milliseconds(1))

    @Test func `messages wait for a processor that takes its time, first come first served`() {
        let cluster = Probes(1, costs: ProcessingCosts(receive: .milliseconds(3), send: .zero))
        // They come at 1, 2 and 12 ms, and each takes three: M/D/1, but for arrivals chosen by hand.
        for (number, moment) in [(1, 1), (2, 2), (3, 12)] {
            cluster.alarm(number, at: Int64(moment) * ms)
        }
        var served: [[Int64]] = []
        while let occurrence = cluster.next(until: 100 * ms) {
            switch occurrence {
            case .alarm(let number, _): cluster.ask(.tell(number), of: n0)
            case .event(.asked(let number, _), _, let moment):
                served.append([Int64(number), moment.nanoseconds / ms])
            default: Issue.record("\(occurrence)")
            }
        }
        #expect(served == [[1, 4], [2, 7], [3, 15]])
    }

    @Test func `each message leaves when the processor has handed it over, and what follows waits`()
    {
        let cluster = Probes(2, costs: Self.costs)
        // The request is through at 3 ms, and its messages leave at 4, 5 and 6.
        cluster.ask(.send([1, 2, 3], to: n1), of: n0)
        // The next begins at 6 and is through at 9.
        cluster.ask(.send([4], to: n1), of: n0)
        let received = cluster.received(by: n1, until: 100 * ms)
        // Under way for 1 ms, served for 3, one behind the other: 5, 6, 7 and 11 arrive.
        #expect(received.map(\.number) == [1, 2, 3, 4])
        #expect(received.map { $0.at / ms } == [8, 11, 14, 17])
    }

    @Test func `a processor serves no more a second than its costs allow`() {
        let costs = ProcessingCosts(receive: .microseconds(10), send: .microseconds(10))
        let cluster = Probes(2, costs: costs, bounces: true)
        // More than are on their way at that rate, so that some always wait.
        cluster.ask(.send(Array(repeating: 1_000_000, count: 300), to: n1), of: n0)
        _ = cluster.told(until: 1_000 * ms)
        // Receiving one and sending one takes 20 µs: 50 000 a second, but for the first 2 ms.
        let served = cluster.traffic(of: n1).received.messages
        #expect((49_800...50_000).contains(served))
    }

    @Test func `a timer and a sync cost nothing but wait for what is worked on`() {
        let cluster = Probes(1, costs: Self.costs)
        cluster.ask(.wake(after: .milliseconds(1)), of: n0)
        cluster.ask(.store([1]), of: n0)
        cluster.ask(.send([], to: n0), of: n0)
        let told = cluster.told(until: 100 * ms)
        // Requests are through at 3, 6 and 9; the timer comes at 4, the sync, begun at 6, at 7.
        #expect(told.map { $0.moment.nanoseconds / ms } == [9, 9])
        #expect(
            told.map(\.event) == [
                .woken(Moment(nanoseconds: 9 * ms)), .stored(1, Moment(nanoseconds: 9 * ms)),
            ])
    }

    @Test func `what comes to a full queue is dropped, and a request is refused`() {
        let costs = ProcessingCosts(receive: .milliseconds(1), send: .zero, queue: 2)
        let cluster = Probes(2, costs: costs)
        #expect(cluster.ask(.send([1, 2, 3, 4], to: n1), of: n0))
        #expect(cluster.ask(.send([], to: n1), of: n0))
        #expect(!cluster.ask(.send([], to: n1), of: n0))
        #expect(cluster.received(by: n1, until: 50 * ms).map(\.number) == [1, 2])
        #expect(cluster.traffic(of: n1).dropped(.overflowed).messages == 2)
        #expect(cluster.ask(.send([], to: n1), of: n0))
    }

    @Test func `work that a freeze breaks off begins anew after the thaw`() {
        let cluster = Probes(1, costs: ProcessingCosts(receive: .milliseconds(3), send: .zero))
        cluster.ask(.tell(1), of: n0)
        cluster.schedule(.freeze(n0), at: 2 * ms)
        cluster.schedule(.thaw(n0), at: 20 * ms)
        #expect(cluster.told(until: 50 * ms).map { $0.moment.nanoseconds / ms } == [23])
    }

    @Test func `a timer that was set anew while its wake waited does not wake`() {
        let cluster = Probes(1, costs: Self.costs)
        cluster.ask(.wake(after: .milliseconds(1)), of: n0)
        cluster.ask(.wake(after: .milliseconds(50)), of: n0)
        // Set at 3 for 4, which comes while the second request is worked on until 6.
        #expect(cluster.told(until: 100 * ms).map { $0.moment.nanoseconds / ms } == [56])
    }

    @Test func `what a life still had to send does not keep the next one from working`() {
        let cluster = Probes(2, costs: ProcessingCosts(receive: .zero, send: .seconds(1)))
        cluster.ask(.send([1, 2, 3], to: n1), of: n0)
        _ = cluster.told(until: ms)
        cluster.inflict(.crash(n0))
        cluster.inflict(.restart(n0))
        cluster.ask(.tell(1), of: n0)
        let told = cluster.told(until: 2 * ms).map(\.event)
        #expect(told.last == .asked(1, Moment(nanoseconds: ms)))
    }
}
