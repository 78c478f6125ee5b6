import Measurement
import Quantities
import Randomness
import Statistics

/// Whole programs: what they take from start to end, alone or one against the other.
enum CommandTimes: Benchmark {
    static let description = BenchmarkDescription(
        name: MeasuredCommands.benchmark,
        summary: "Time, memory and faults of whole programs, each run a fresh process.",
        parameters: [],
        metrics: [
            MetricSpecification(
                "wall", .nanoseconds, .lower, .sampled,
                "Time from just before a program is started until it has been waited for."),
            MetricSpecification(
                "beyond-floor", .nanoseconds, .lower, .sampled,
                "Time beyond that of the smallest program of its kind in the same round."),
            MetricSpecification(
                "relative", .ratio, .lower, .sampled,
                "Time as a ratio to that of the first command in the same round."),
            MetricSpecification(
                "user", .nanoseconds, .lower, .sampled, "Processor time in user mode."),
            MetricSpecification(
                "system", .nanoseconds, .lower, .sampled, "Processor time in the kernel."),
            MetricSpecification(
                "peak-memory", .bytes, .lower, .sampled, "Peak resident memory."),
            MetricSpecification(
                "minor-faults", .count(of: "faults"), .lower, .sampled,
                "Page faults served without I/O."),
            MetricSpecification(
                "major-faults", .count(of: "faults"), .lower, .sampled,
                "Page faults that needed I/O."),
            MetricSpecification(
                "voluntary-switches", .count(of: "switches"), .neither, .sampled,
                "Times a program gave up its processor by itself."),
            MetricSpecification(
                "involuntary-switches", .count(of: "switches"), .neither, .sampled,
                "Times a program was taken off its processor."),
            MetricSpecification(
                "instructions", .count(of: "instructions"), .lower, .sampled,
                "Instructions executed in user mode, where counting was asked for."),
        ],
        processingUnits: 0,
        floor: "the smallest program (`true`; `sh -c :` where a shell is needed), in every round",
        isBlocking: true, isTimed: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        guard let commands = context.request.commands else {
            preconditionFailure("a request for the benchmark 'command' without commands")
        }
        let contenders = try CommandContenders(commands)
        let launcher = try CommandLauncher(adopting: commands.adoptsOrphans ?? false)
        if commands.isBound { try launcher.bind(to: context.request.processingUnits) }
        let limit = Nanoseconds(commands.limit)
        let turns = try CommandRounds(
            launcher: launcher, clock: context.clock, limit: limit,
            ignoresFailure: commands.ignoresFailure
        ).run(contenders.all, for: context.time, seed: Seed(context.request.seed))
        let analysis = CommandAnalysis(turns, of: contenders, launcherLevel: launcher.level)
        record(analysis, into: &recorder)
        note(commands, contenders, analysis, context, into: &recorder)
        guard commands.countsInstructions else { return }
        let counting = try InstructionCounting(launcher: launcher, clock: context.clock)
        recorder.note(counting.source.description)
        for contender in contenders.all.prefix(contenders.commandCount) {
            let counts = try (0..<InstructionCounting.runs).map { _ in
                try counting.count(
                    contender, limit: limit, ignoresFailure: commands.ignoresFailure)
            }
            recorder.record(
                "instructions", recorder.figureParameters().with("contender", contender.name),
                samples: counts.map(\.instructions),
                doubts: counts.flatMap(\.doubts).reduce(into: []) { all, doubt in
                    if !all.contains(doubt) { all.append(doubt) }
                })
        }
    }

    private static func record(_ analysis: CommandAnalysis, into recorder: inout Recorder) {
        analysis.record("wall", into: &recorder, withFloors: true) { $0.wall }
        analysis.recordBeyondFloor("beyond-floor", into: &recorder)
        analysis.recordRatios("relative", into: &recorder)
        analysis.record("user", into: &recorder) { $0.user }
        analysis.record("system", into: &recorder) { $0.system }
        analysis.recordPeakMemory("peak-memory", into: &recorder)
        analysis.record("minor-faults", into: &recorder) { $0.minorFaults }
        analysis.record("major-faults", into: &recorder) { $0.majorFaults }
        analysis.record("voluntary-switches", into: &recorder) { $0.voluntarySwitches }
        analysis.record("involuntary-switches", into: &recorder) { $0.involuntarySwitches }
    }

    private static func note(
        _ commands: MeasuredCommands, _ contenders: CommandContenders,
        _ analysis: CommandAnalysis, _ context: ForkContext, into recorder: inout Recorder
    ) {
        for (index, contender) in contenders.all.enumerated() {
            let how = contender.usesShell ? "run by /bin/sh -c" : "started directly"
            let role = index < contenders.commandCount ? "" : ", what starting a process costs"
            recorder.note("\(contender.name): `\(contender.text)`, \(how)\(role)")
        }
        recorder.note(
            "the environment is lengthened by up to \(CommandLauncher.paddingLengths - 1) bytes, "
                + "drawn for every run; input is empty and output goes to /dev/null")
        if commands.isBound {
            let units = context.request.processingUnits.map { "\($0)" }
            recorder.note("bound to processing units \(units.joined(separator: ","))")
        }
        for remark in commands.remarks ?? [] { recorder.note(remark) }
        if commands.ignoresFailure { recorder.note("runs count whatever their exit status is") }
        if !analysis.steadinessWasTested {
            recorder.note(
                "too few rounds in a process to test for steadiness; the first one of each is "
                    + "warm-up")
        }
    }
}
