import Measurement
import PeerServers
import Quantities

/// How long an etcd cluster does not serve writes when its leader is killed, and how long it has no leader.
enum EtcdElection: Benchmark {
    static let description = BenchmarkDescription(
        name: "peer.etcd.election",
        summary: "kills of the leader of an etcd cluster while clients write at every member; the "
            + "writes that it had acknowledged are looked for in the end",
        parameters: [EtcdTrial.members] + EtcdTrial.timing + [EtcdTrial.payload],
        metrics: [
            MetricSpecification(
                "outage", .nanoseconds, .lower, .sampled,
                "from the kill to the first answer to a write that was asked for since, at any "
                    + "member; each is asked every 10 ms"),
            MetricSpecification(
                "elected", .nanoseconds, .lower, .sampled,
                "from the kill until another member says that it leads"),
            MetricSpecification(
                "return", .nanoseconds, .lower, .sampled,
                "from the start of the member that was killed to the first write that it "
                    + "acknowledges"),
            MetricSpecification(
                "lost", .count(of: "writes"), .lower, .sampled,
                "acknowledged writes that were gone in the end"),
        ],
        processingUnits: 1, floor: "none: a crash is noticed by silence", isBlocking: true,
        contradiction: { parameters, _ in EtcdTrial.contradiction(in: parameters) })

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        try EtcdTrial.with(in: context, into: &recorder) { cluster, recorder in
            let prober = try EtcdTrial.prober(of: cluster, in: context)
            var generator = context.generator(for: "kills")
            var kills: [Kill] = []
            let end = ContinuousClock.now + .nanoseconds(Int64(context.time.rawValue))
            repeat {
                try EtcdTrial.pass(prober, cluster.timing, &generator)
                kills.append(try Kill(of: cluster.leader, in: cluster, prober))
            } while ContinuousClock.now < end
            // One that is gone ends the fork with an error.
            let count = try prober.checkNothingLost(in: cluster)
            recorder.note("\(count) acknowledged writes were all there in the end")
            let parameters = recorder.figureParameters()
            recorder.record("outage", parameters, samples: kills.map(\.outage.inNanoseconds))
            recorder.record("elected", parameters, samples: kills.map(\.elected.inNanoseconds))
            recorder.record("return", parameters, samples: kills.map(\.returned.inNanoseconds))
            recorder.record("lost", parameters, samples: kills.map { _ in 0 })
        }
    }

    /// One kill, after which the member has been started again and all is as before.
    private struct Kill {
        let outage, elected, returned: Duration

        init(of member: Int, in cluster: EtcdCluster, _ prober: EtcdProber) throws {
            let begin = ContinuousClock.now
            try cluster.servers[member].kill()
            var (served, led): (Duration?, Duration?) = (nil, nil)
            _ = try prober.first("a write and a leader after a kill") { answer in
                guard answer.asked >= begin else { return false }
                switch answer.saying {
                case .acknowledged: served = served ?? (answer.heard - begin)
                case .status(let status) where status.isLeader:
                    led = led ?? (answer.heard - begin)
                case .status, .refused: break
                }
                return served != nil && led != nil
            }
            guard let served, let led else { preconditionFailure("ended without both") }
            let start = ContinuousClock.now
            try cluster.servers[member].startAgain()
            let back = try prober.first("a write at member \(member), started again") {
                $0.member == member && $0.saying == .acknowledged
            }
            (outage, elected, returned) = (served, led, back.heard - start)
            try cluster.findLeader()
        }
    }
}
