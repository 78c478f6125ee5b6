import Randomness
import StateMachines
import Testing

@testable import Simulation

/// What the simulator keeps stays as small as what is under way, and in order.
@Suite struct BookkeepingTests {
    @Test
    func `slots of messages, requests, faults and alarms are used again, through crashes too`() {
        let costs = ProcessingCosts(receive: .milliseconds(1), send: .zero)
        let cluster = Probes(2, network: .init(loss: 0.2, duplication: 0.5), costs: costs)
        for turn in Int64(0)..<200 {
            for _ in 0..<5 {
                cluster.ask(.send([1, 2], to: n1), of: n0)
                // Some of them wait when the node crashes.
                cluster.ask(.tell(1), of: n1)
            }
            cluster.schedule(.crash(n1), at: turn * 10 * ms + 3 * ms)
            cluster.schedule(.restart(n1), at: turn * 10 * ms + 6 * ms)
            cluster.alarm(0, at: turn * 10 * ms)
            _ = cluster.told(until: (turn + 1) * 10 * ms)
        }
        let simulator = cluster.simulator
        #expect(cluster.underWay == 0)
        #expect(simulator.messages.elements.count <= 20)
        #expect(simulator.messages.elements.allSatisfy { $0 == nil })
        #expect(simulator.requests.elements.count <= 10)
        #expect(simulator.requests.elements.allSatisfy { $0 == nil })
        #expect(simulator.faults.elements.count <= 2 && simulator.alarms.elements.count == 1)
        #expect(simulator.model.events.count == 0)
    }

    @Test func `a wake waits once, however much is handled before it`() {
        let costs = ProcessingCosts(receive: .milliseconds(2), send: .zero)
        let cluster = Probes(1, costs: costs)
        cluster.ask(.wake(after: .milliseconds(1)), of: n0)
        for number in 1...10 { cluster.ask(.tell(number), of: n0) }
        // Set at 2 for 3, and due behind the ten that wait: through each of them it waits once.
        for end in Int64(4)...20 {
            _ = cluster.told(until: end * ms)
            let waiting = cluster.simulator.model.nodes[0].inbox.count
            #expect(waiting == Int(10 - (end - 2) / 2) + 1)
        }
        #expect(
            cluster.told(until: 50 * ms).map(\.event) == [
                .asked(10, Moment(nanoseconds: 22 * ms)), .woken(Moment(nanoseconds: 22 * ms)),
            ])
    }

    @Test(arguments: [true, false])
    func `a timer and a message of one moment come in the order in which they were made`(
        timerFirst: Bool
    ) {
        let cluster = Probes(2)
        if timerFirst { cluster.ask(.wake(after: .milliseconds(1)), of: n1) }
        cluster.ask(.send([7], to: n1), of: n0)
        if !timerFirst { cluster.ask(.wake(after: .milliseconds(1)), of: n1) }
        let then = Moment(nanoseconds: ms)
        let events: [Probe.Event] = [.woken(then), .received(7, from: n0, then)]
        #expect(
            cluster.told(until: 5 * ms).map(\.event) == (timerFirst ? events : events.reversed()))
    }

    @Test func `links with a bandwidth are forgotten once they are idle`() {
        var wiring = Wiring(NetworkConditions(bandwidth: 1_000_000_000))
        for turn in Int64(0)..<20_000 {
            let receiver = Int(turn % 10_000) + 1
            let left = wiring.leave(0, receiver, 0, bytes: 1_000, at: turn * 10_000)
            #expect(left == turn * 10_000 + 1_000)
            #expect(wiring.busyCount <= 1_025)
        }
    }

    @Test func `links that are as the network again leave nothing behind`() {
        var wiring = Wiring(NetworkConditions())
        for turn in 0..<1_000 {
            let isSet = wiring.set(NetworkConditions(loss: 1), turn, turn + 1)
            #expect(isSet)
            #expect(wiring.links[wiring.link(turn, turn + 1)].loss == 1)
            let isEnded = wiring.set(nil, turn, turn + 1)
            #expect(isEnded)
            #expect(wiring.links[wiring.link(turn, turn + 1)].loss == 0)
        }
        #expect(wiring.links.count == 2)
    }
}
