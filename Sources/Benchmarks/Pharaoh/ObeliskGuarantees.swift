import Measurement
import Pharaoh
import Quantities
import Randomness
import StorageFaults

/// What a sequencer promises, counted.
enum ObeliskGuarantees: Benchmark {
    static let description = BenchmarkDescription(
        name: "obelisk.guarantees",
        summary: "values that a sequencer gives out twice: crashed after each of its steps on a "
            + "simulated file system, with steps that fail, and killed as a process",
        parameters: [
            ParameterSpecification(
                "kills", "processes that are killed while they give out values",
                .integer(1...10_000), default: "6"),
            ParameterSpecification(
                "length", "operations of the longest sequence that is crashed after each step",
                .integer(1...5), default: "3"),
            ParameterSpecification(
                "lives", "simulated lives of several crashes each", .integer(1...100_000),
                default: "100"),
        ],
        distinctions: ["crash"],
        metrics: [
            MetricSpecification(
                "repeated", .count(of: "values"), .lower, .sampled,
                "values that were given out a second time"),
            MetricSpecification(
                "failures", .count(of: "explorations"), .lower, .sampled,
                "explorations that found something else wrong, such as a sequencer that does not "
                    + "open after a crash"),
            MetricSpecification(
                "crashes", .count(of: "crashes"), .neither, .sampled,
                "crashes that were made, each with a recovery and a value after it"),
        ],
        processingUnits: 1, floor: "none: counted", isBlocking: true, isTimed: false)

    private static let modes: [ObeliskMode] = [
        .each, .group(maxDelay: .zero), .reserve(.values(3)),
    ]

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let seed = Seed(context.request.seed)
        let length = context.integer("length")
        record("power-cut", into: &recorder) { explorer in
            explorer.exploreSequences(upTo: length, draws: 1, seed: seed)
        }
        record("fault", into: &recorder) { explorer in
            explorer.exploreFaults(upTo: max(1, length - 1), seed: seed)
        }
        record("lives", into: &recorder) { explorer in
            explorer.exploreLives(context.integer("lives"), crashes: 6, length: 8, seed: seed)
        }
        try recordKills(in: context, into: &recorder)
    }

    private static func record(
        _ crash: String, into recorder: inout Recorder,
        explore: (inout CrashExplorer<SequencerTrial>) -> Void
    ) {
        var count = SequencerCount()
        for mode in modes {
            let tally = RepeatTally()
            var explorer = CrashExplorer<SequencerTrial>(
                alphabet: [.next, .take(2)], promises: GivenOut()
            ) { machine throws(ObeliskError) in try SequencerTrial(mode, on: machine, tally) }
            explore(&explorer)
            count.add(explorer.report, tally)
            guard let finding = explorer.report.finding else { continue }
            recorder.note("\(crash), \(mode): \(finding)")
        }
        record(crash, count, into: &recorder)
    }

    private static func recordKills(
        in context: ForkContext, into recorder: inout Recorder
    ) throws {
        let directory = try ForkDirectory(below: context.request.directory.path)
        defer { directory.remove() }
        var generator = context.generator(for: "kills")
        var tellers = KilledTellers()
        let kills = context.integer("kills")
        for number in 0..<kills {
            let modes = ValueTeller.Mode.allCases
            try tellers.live(
                modes[number % modes.count], path: "\(directory.path)/counter",
                count: 1 + Int(generator.next(below: 200)), on: context.processingUnit)
        }
        recorder.note("kill: the processes told \(tellers.told) values")
        var count = SequencerCount()
        count.add(kills: kills, repeated: tellers.repeated)
        record("kill", count, into: &recorder)
    }

    private static func record(
        _ crash: String, _ count: SequencerCount, into recorder: inout Recorder
    ) {
        let parameters = recorder.figureParameters().with("crash", crash)
        recorder.record("repeated", parameters, samples: [Double(count.repeated)])
        recorder.record("failures", parameters, samples: [Double(count.failures)])
        recorder.record("crashes", parameters, samples: [Double(count.crashes)])
        recorder.expect(
            "repeated", parameters, "median", .within(low: 0, high: 0),
            because: "a value is given out when the file is longer than it, on the device")
        recorder.expect(
            "failures", parameters, "median", .within(low: 0, high: 0),
            because: "a crash leaves nothing that a sequencer would not open")
    }
}
