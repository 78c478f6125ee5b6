import Randomness
import RingSimulation
import StateMachines
import Testing

@testable import Benchmarks

/// What theory says of a chain beside a quorum.
@Suite struct ReplicationPredictionTests {
    private func prediction(
        replicas: Int, window: Int, sync: Span = .zero, cost: Span = .microseconds(5)
    ) -> ReplicationPrediction {
        ReplicationPrediction(
            conditions: StoreConditions(
                replicas: replicas, roundTrip: .zero, sync: sync, messageCost: cost, clients: 1,
                window: window))
    }

    private func gain(_ figures: (chain: Double, quorum: Double)) -> Double {
        100 * (figures.chain / figures.quorum - 1)
    }

    @Test func `three replicas take as many messages and hops either way`() throws {
        for window in [1, 256] {
            let bounds = try #require(prediction(replicas: 3, window: window).byArithmetic())
            #expect(abs(gain(bounds)) < 1e-9)
        }
    }

    @Test func `a longer chain is later when alone, and ahead when the leader is busy`() throws {
        let alone = try #require(prediction(replicas: 5, window: 1).byArithmetic())
        #expect(gain(alone) < -10)
        // The leader sends and hears four followers and the client; a member of the chain handles six.
        let busy = try #require(prediction(replicas: 5, window: 256).byArithmetic())
        #expect(abs(gain(busy) - 100 * (10.0 / 6 - 1)) < 1e-6)
    }

    @Test
    func `where only syncs take time, who has fewer of them one after the other is not asked`()
        throws
    {
        let bounds = try #require(
            prediction(replicas: 5, window: 1, sync: .milliseconds(1), cost: .zero).byArithmetic()
        )
        #expect(abs(gain(bounds)) < 1e-9)
        #expect(prediction(replicas: 5, window: 1, cost: .zero).byArithmetic() == nil)
    }

    @Test func `the simulation agrees with arithmetic on who is ahead, and repeats itself`() throws
    {
        for (replicas, window) in [(5, 1), (5, 64)] {
            let prediction = prediction(replicas: replicas, window: window)
            let bounds = try #require(prediction.byArithmetic())
            let simulated = try prediction.simulated(seed: Seed(3))
            #expect((gain(simulated) > 0) == (gain(bounds) > 0))
            #expect(simulated == (try prediction.simulated(seed: Seed(3))))
        }
    }

    @Test func `the cost of a message is what servers took over all that they sent and received`() {
        // A quorum of three: a request and its answer, and two followers with two messages each way.
        let model = ChainModel(replicas: 3, delay: .zero, sync: .zero)
        let messages = (0..<3).map { model.messages(ofMember: $0) }.reduce(0) {
            $0 + $1.sent + $1.received
        }
        let cost = ReplicationPrediction.messageCost(
            chain: Double(messages) * 2_000, quorum: 10 * 2_000, replicas: 3)
        #expect(cost == .microseconds(2))
    }
}
