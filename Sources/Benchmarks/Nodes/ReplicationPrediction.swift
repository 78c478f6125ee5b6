import Randomness
import RingSimulation
import ShenRing
import StateMachines

/// What theory says of a chain beside a quorum, each server with a processor to itself, where a message
/// costs the same in both.
struct ReplicationPrediction {
    /// The network, the disks, the clients, and what a message costs.
    let conditions: StoreConditions

    /// How much of the time is simulated.
    private static var span: Span { .milliseconds(50) }

    /// Writes a second of a chain and of a quorum by simulation, one entry a message.
    ///
    /// - Throws: `ViolatedRun` where a history is wrong, `UnfinishedRun` where nothing is answered.
    func simulated(seed: Seed) throws -> (chain: Double, quorum: Double) {
        var chain = try conditions.chain()
        chain.load.window = conditions.window
        chain.span = Self.span
        chain.settings.batch = 1
        var quorum = conditions.quorum(seed: seed)
        quorum.window = conditions.window
        quorum.duration = Self.span
        // A byte: one entry goes in a message at any size. As many are under way as clients have, as in a
        // chain.
        quorum.batchBytes = 1
        quorum.pipeline = conditions.clients * conditions.window
        return (
            try StoreRun(chain.serve(seed: seed), reads: false, seed: seed).throughput,
            try StoreRun(quorum.run(), seed: seed).throughput
        )
    }

    /// Writes a second of a chain and of a quorum by the asymptotic bounds of a closed system: what the
    /// requests under way would have if none waited for another, and what the busiest server has time
    /// for; the lesser of the two (Muntz and Wong, "Asymptotic properties of closed queueing network
    /// models", 1974). Nil where neither messages nor anything else take time.
    func byArithmetic() -> (chain: Double, quorum: Double)? {
        let (delay, cost) = (conditions.roundTrip / 2, conditions.messageCost)
        let chain = ChainModel(
            replicas: conditions.replicas, delay: delay, sync: conditions.sync, receive: cost,
            send: cost)
        let quorum = QuorumModel(
            replicas: conditions.replicas, delay: delay, sync: conditions.sync, receive: cost,
            send: cost)
        guard chain.write > .zero else { return nil }
        let bound = chain.throughput(batch: 1) ?? .infinity
        let underWay = Double(conditions.clients * conditions.window)
        return (
            min(underWay / chain.write.inSeconds, bound),
            min(
                underWay / quorum.writeLatency.inSeconds,
                quorum.throughputBound(batch: 1, acknowledged: 1))
        )
    }

    /// What a message costs its sender or its receiver, where writes of a chain and of a quorum, one by
    /// one, take the servers so much processor time: over all that their members send and receive.
    static func messageCost(chain: Double, quorum: Double, replicas: Int) -> Span {
        let model = ChainModel(replicas: replicas, delay: .zero, sync: .zero)
        let chained = (0..<replicas).reduce(0) { sum, place in
            let (sent, received) = model.messages(ofMember: place)
            return sum + sent + received
        }
        // A request and its answer, and to each follower an entry and back what it has: at both ends.
        let voted = 2 + 4 * (replicas - 1)
        return Span(nanoseconds: Int64((chain + quorum) / Double(chained + voted)))
    }
}
