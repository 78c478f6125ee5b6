import Measurement
import PeerServers
import Quantities

/// What an etcd cluster serves while its leader is cut off from all other members, to clients on either side.
enum EtcdPartition: Benchmark {
    static let description = BenchmarkDescription(
        name: "peer.etcd.partition",
        summary: "an etcd cluster whose leader's cable is pulled and put in again, while clients "
            + "write at every member, each on its member's side of the cut",
        parameters: [
            EtcdTrial.members,
            ParameterSpecification(
                "cut", "for how long the leader is cut off",
                .duration(.milliseconds(500) ... .seconds(600)), default: "5s"),
        ] + EtcdTrial.timing + [EtcdTrial.payload],
        metrics: [
            MetricSpecification(
                "outage", .nanoseconds, .lower, .sampled,
                "from the cut to the first answer to a write that was asked for since, on any side"),
            MetricSpecification(
                "unavailable", .percent, .lower, .sampled,
                "the part of the cut in which no write was acknowledged on any side, counting "
                    + "every time of more than 100 ms without one"),
            MetricSpecification(
                "isolated", .count(of: "writes"), .lower, .sampled,
                "writes that the isolated leader acknowledged of those that it was asked for "
                    + "during the cut"),
            MetricSpecification(
                "refusal", .nanoseconds, .neither, .sampled,
                "from the cut until the isolated leader first refused such a write; only where it "
                    + "did during the cut"),
            MetricSpecification(
                "return", .nanoseconds, .lower, .sampled,
                "from the end of the cut to the first answer of the member that was isolated to a "
                    + "write that was asked for since"),
            MetricSpecification(
                "lost", .count(of: "writes"), .lower, .sampled,
                "acknowledged writes that were gone in the end"),
        ],
        processingUnits: 1, floor: "none: a cut is noticed by silence", isBlocking: true,
        contradiction: { parameters, _ in EtcdTrial.contradiction(in: parameters) })

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        try EtcdTrial.with(in: context, isOnNetwork: true, into: &recorder) { cluster, recorder in
            guard let network = cluster.network else { preconditionFailure("asked for a network") }
            let prober = try EtcdTrial.prober(of: cluster, in: context)
            var generator = context.generator(for: "cuts")
            var cuts: [EtcdCut] = []
            let length = Duration.nanoseconds(Int64(context.duration("cut").rawValue))
            let end = ContinuousClock.now + .nanoseconds(Int64(context.time.rawValue))
            repeat {
                try EtcdTrial.pass(prober, cluster.timing, &generator)
                let leader = cluster.leader
                let begin = ContinuousClock.now
                try network.cut(leader)
                let since = ContinuousClock.now
                let answers = try prober.go(on: length)
                let mended = ContinuousClock.now
                try network.join(leader)
                let back = try prober.first("a write at member \(leader), joined again") {
                    $0.member == leader && $0.saying == .acknowledged && $0.asked >= mended
                }
                cuts.append(
                    EtcdCut(
                        isolated: leader, begin: begin, since: since, end: mended,
                        returned: back.heard - mended, answers: answers))
                try cluster.findLeader()
            } while ContinuousClock.now < end
            let count = try prober.checkNothingLost(in: cluster)
            recorder.note("\(count) acknowledged writes were all there in the end")
            record(cuts, into: &recorder)
        }
    }

    private static func record(_ cuts: [EtcdCut], into recorder: inout Recorder) {
        let parameters = recorder.figureParameters()
        let outages = cuts.compactMap(\.outage)
        recorder.record("unavailable", parameters, samples: cuts.map(\.unavailable))
        recorder.record("isolated", parameters, samples: cuts.map { Double($0.isolatedWrites) })
        recorder.record("return", parameters, samples: cuts.map(\.returned.inNanoseconds))
        // A write that was gone would have ended the fork.
        recorder.record("lost", parameters, samples: cuts.map { _ in 0 })
        if outages.count < cuts.count {
            recorder.note("\(cuts.count - outages.count) cuts passed without any write")
        }
        if !outages.isEmpty {
            recorder.record("outage", parameters, samples: outages.map(\.inNanoseconds))
        }
        let refusals = cuts.compactMap(\.refusal)
        guard !refusals.isEmpty else {
            return recorder.note(
                "refusal: unavailable, the isolated leader left writes unanswered in all cuts")
        }
        recorder.note(
            "the isolated leader refused writes in \(refusals.count) of \(cuts.count) cuts, and "
                + "left them unanswered in the others")
        recorder.record("refusal", parameters, samples: refusals.map(\.inNanoseconds))
    }
}

/// What was heard while a leader was cut off.
struct EtcdCut {
    /// Who was cut off.
    let isolated: Int
    /// Before and after the cable was pulled, and when it was put in again.
    let begin, since, end: ContinuousClock.Instant
    /// From then on until the member served.
    let returned: Duration
    /// What all members said, in order.
    let answers: [EtcdProber.Answer]

    /// Less than this between two writes is service.
    static let leastGap = Duration.milliseconds(100)

    private func answersToWrites(_ saying: EtcdProber.Saying) -> [EtcdProber.Answer] {
        answers.filter { $0.saying == saying && $0.asked >= since }
    }

    /// The time without an answer to a write that was asked for since; nil where none came.
    var outage: Duration? {
        answersToWrites(.acknowledged).map(\.heard).min().map { $0 - begin }
    }

    /// How many writes the isolated member acknowledged that it was asked for since.
    var isolatedWrites: Int {
        answersToWrites(.acknowledged).count(where: { $0.member == isolated })
    }

    /// When the isolated member first refused one.
    var refusal: Duration? {
        answersToWrites(.refused).filter { $0.member == isolated }.map(\.heard).min()
            .map { $0 - begin }
    }

    /// The part of the cut without service, in percent.
    var unavailable: Double {
        let heard = answers.filter { $0.saying == .acknowledged }.map(\.heard)
            .filter { $0 >= begin && $0 <= end }.sorted()
        var without = Duration.zero
        var last = begin
        for moment in heard + [end] {
            if moment - last > Self.leastGap { without += moment - last }
            last = moment
        }
        return 100 * (without / (end - begin))
    }
}
