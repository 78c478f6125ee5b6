import Measurement
import Quantities

/// What a channel keeps of its throughput when four threads share two cores.
///
/// Two threads, each with a core of its own, and four threads on the same two cores stream in turns,
/// in the same rounds, through the same channel. A thread that is off its core at a bad moment, or that
/// spins for one that is, costs time slices of milliseconds.
enum ChannelOversubscribed<Kind: KindOfChannel>: Benchmark {
    /// The four threads.
    private static var crowd: RingUse {
        var use = RingUse()
        use.consumers = min(2, Kind.kind.mostConsumers)
        use.producers = 4 - use.consumers
        return use
    }

    static var description: BenchmarkDescription {
        BenchmarkDescription(
            name: "channel.\(Kind.kind.rawValue).oversubscribed",
            summary: "messages a second through \(Kind.kind.words) channels by "
                + "\(crowd.producers) + \(crowd.consumers) threads on two cores, beside 1 + 1",
            parameters: ChannelContenders.parameters(of: Kind.kind),
            distinctions: ["threads"],
            metrics: [
                MetricSpecification(
                    "throughput", .messagesPerSecond, .higher, .sampled,
                    "messages received in a window over its time, by the number of threads"),
                MetricSpecification(
                    "retained", .ratio, .higher, .sampled,
                    "throughput of four threads over that of two in the same round and placement"),
                MetricSpecification(
                    "relative", .ratio, .lower, .sampled,
                    "time over that of nilometer with as many threads in the same round and "
                        + "placement"),
            ],
            processingUnits: 2,
            floor: StreamMetrics.floor,
            // Threads that share a core are taken off it.
            isBlocking: true)
    }

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let contenders = ChannelContenders(of: Kind.kind, in: context, for: crowd, into: &recorder)
            .contenders
        guard !contenders.isEmpty else { return }
        let names = contenders.map(\.name)
        let units = Array(context.request.processingUnits.prefix(2))
        recorder.note(
            "each unit has a producer and a consumer where there are two of each; otherwise the "
                + "consumer shares the second unit with a producer")
        let windows = try StreamRounds.runBeside(
            contenders, for: crowd, on: units, in: context, into: &recorder)
        let parameters = recorder.figureParameters(without: ["contenders"])
        // The first windows' contenders are those of two threads, the rest those of four.
        record(windows, names + names.map { _ in "" }, "2", parameters, into: &recorder)
        record(windows, names.map { _ in "" } + names, "4", parameters, into: &recorder)
        for index in names.indices {
            var pairs = names.map { _ in "" } + names.map { _ in "" }
            pairs[index] = names[index]
            pairs[names.count + index] = "four"
            let own = windows.filter { pairs[$0.contender] != "" }
            // Time of two over time of four is throughput of four over that of two.
            WindowAnalysis(own, contenders: pairs, parameters: parameters)
                .recordRatios("retained", to: "four", into: &recorder)
        }
    }

    /// Records the windows of the contenders that have a name.
    private static func record(
        _ windows: [InterleavedMeasurement.Window], _ names: [String], _ threads: String,
        _ parameters: ParameterSet, into recorder: inout Recorder
    ) {
        let analysis = WindowAnalysis(
            windows.filter { !names[$0.contender].isEmpty }, contenders: names,
            parameters: parameters.with("threads", threads))
        analysis.record("throughput", into: &recorder) { 1e9 / $0 }
        analysis.recordRatios("relative", to: OwnRing.bounded, into: &recorder)
    }
}
