import Measurement
import PeerServers
import Quantities

/// How soon a registry in etcd notices that one of those in it is gone: the lease that it kept alive runs out,
/// its key goes, and those who watch are told.
enum EtcdLease: Benchmark {
    static let description = BenchmarkDescription(
        name: "peer.etcd.lease",
        summary: "holders of leases in an etcd cluster, who keep them alive and of whom one after "
            + "the other falls silent, until those who watch are told",
        parameters: [
            EtcdTrial.members,
            ParameterSpecification(
                "holders", "who is registered, each with a lease and a key of its own",
                .integer(1...10_000), default: "1000"),
            ParameterSpecification(
                "ttl", "how long a lease is asked to live without a word, in seconds",
                .integer(1...600), default: "1"),
            ParameterSpecification(
                "pause", "how long after one holder the next one falls silent",
                .duration(.milliseconds(1) ... .seconds(60)), default: "50ms"),
        ],
        metrics: [
            MetricSpecification(
                "detection", .nanoseconds, .lower, .sampled,
                "from a holder's silence, at any moment between two messages, until who watches its "
                    + "key is told that it has gone"),
            MetricSpecification(
                "granted", .nanoseconds, .neither, .sampled, "how long a lease in fact lives"),
            MetricSpecification(
                "renewals", .operationsPerSecond, .neither, .sampled,
                "messages of holders that the member which leads has answered a second"),
            MetricSpecification(
                "mistaken", .count(of: "holders"), .lower, .sampled,
                "holders whose keys went although they were not silent"),
        ],
        processingUnits: 1, floor: "the length of a lease less that of the pause before a message",
        isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        try EtcdTrial.with(in: context, into: &recorder) { cluster, recorder in
            let holders = try EtcdHolders(
                context.integer("holders"), seconds: context.integer("ttl"), in: cluster)
            let begin = ContinuousClock.now
            let silences = try silences(of: holders, in: context)
            let seconds = (ContinuousClock.now - begin) / .seconds(1)
            recorder.note(
                "a lease of \(context.integer("ttl")) s was asked for and one of \(holders.length) s "
                    + "was granted; it is begun anew every third of that")
            let parameters = recorder.figureParameters()
            recorder.record(
                "detection", parameters, samples: silences.times.map(\.inNanoseconds))
            recorder.record("granted", parameters, samples: [1e9 * Double(holders.length)])
            recorder.record(
                "renewals", parameters, samples: [Double(holders.renewals) / seconds])
            recorder.record("mistaken", parameters, samples: [Double(silences.mistaken)])
        }
    }

    /// Has one holder after the other fall silent, and register again when it was noticed. All who fell
    /// silent are waited for: else those that took longest would be missing.
    private static func silences(
        of holders: EtcdHolders, in context: ForkContext
    ) throws -> EtcdSilences {
        var generator = context.generator(for: "silences")
        var silences = EtcdSilences()
        let pause = Duration.nanoseconds(Int64(context.duration("pause").rawValue))
        let most = max(1, holders.living.count / 20)
        let end = ContinuousClock.now + .nanoseconds(Int64(context.time.rawValue))
        var next = ContinuousClock.now
        while true {
            let now = ContinuousClock.now
            let goesOn = now < end || silences.count == 0
            if !goesOn && silences.open.isEmpty { return silences }
            if goesOn, now >= next, silences.open.count < most,
                let holder = holders.living.randomElement(using: &generator)
            {
                holders.silence(holder)
                silences.begin(holder, at: now)
                next = now + pause
            }
            for gone in try holders.next(within: .milliseconds(5)) {
                if !silences.end(gone) { holders.silence(gone.holder) }
                try holders.revive(gone.holder)
            }
            try silences.check(patience: .seconds(10 * holders.length), now)
        }
    }
}

/// Who fell silent, and when that was noticed.
struct EtcdSilences {
    /// Since when those are silent of whom nobody has heard that they are gone.
    private(set) var open: [Int: ContinuousClock.Instant] = [:]
    /// From a silence until it was noticed.
    private(set) var times: [Duration] = []
    /// How many were taken for gone that were not silent.
    private(set) var mistaken = 0

    /// How many fell silent.
    var count: Int { open.count + times.count }

    /// A holder falls silent.
    mutating func begin(_ holder: Int, at now: ContinuousClock.Instant) {
        precondition(open[holder] == nil, "holder \(holder) is silent already")
        open[holder] = now
    }

    /// A holder is taken for gone; says whether it was silent.
    mutating func end(_ gone: EtcdHolders.Departure) -> Bool {
        guard let since = open.removeValue(forKey: gone.holder) else {
            mistaken += 1
            return false
        }
        times.append(gone.heard - since)
        return true
    }

    /// Checks that nobody has been silent for longer than this.
    func check(patience: Duration, _ now: ContinuousClock.Instant) throws(PeerFailure) {
        guard let (holder, since) = open.min(by: { $0.value < $1.value }), now - since > patience
        else { return }
        throw .brokenPromise(
            server: "etcd", what: "holder \(holder) was silent for \(now - since) without notice")
    }
}
