import ArgumentParser
import Hardware
import Measurement
import Quantities
import Randomness
import Reporting
import Runs
import StrictYAML
import Workloads

/// Measures.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Measure workloads, print figures and verdicts, write a run's folder.",
        discussion: """
            Examples:
              nilometer run                                   # the suite 'quick'
              nilometer run --suite full
              nilometer run 'channel.*' --forks 5
              nilometer run ring.lookup --set nodes=10,100,1000
              nilometer run my-workload.yaml --budget 30s --out /tmp/results
              nilometer run 'channel.*' --counters instructions,context-switches
              nilometer run --dry-run                         # what would be measured
              nilometer run --command 'gzip -9 -k -c f' --vs 'zstd -19 -c f'
            """)

    @Argument(help: "Workloads: names, globs, or one YAML file.")
    var names: [String] = []

    @Option(help: "The suite to run; 'quick' when no workload is named.")
    var suite: String?

    @OptionGroup(title: "Commands") var commands: CommandOptions

    @OptionGroup var options: MeasurementOptions

    func run() throws {
        if let selection = try commands.selection(names: names, suite: suite) {
            return try measure(selection, suite: nil, tag: MeasuredCommands.benchmark)
        }
        let catalogue = try Installation.catalogue()
        let chosen = suite ?? (names.isEmpty ? "quick" : nil)
        let selection = try Installation.input { () throws(InputProblems) in
            try catalogue.selection(names: names, suite: chosen)
        }
        try measure(selection, suite: chosen, tag: chosen ?? "selected")
    }

    private func measure(_ selection: Selection, suite: String?, tag: String) throws {
        let claims = try Installation.claims()
        let measured = try Measuring(options, commands).run(
            selection, suite: suite, tag: tag, claims: claims)
        guard let products = measured else { return }
        try products.print(asJSON: options.json)
    }
}

/// What `run` and `validate` do alike: plan, measure, write, publish.
struct Measuring {
    let options: MeasurementOptions
    let commands: CommandOptions?

    init(_ options: MeasurementOptions, _ commands: CommandOptions? = nil) {
        self.options = options
        self.commands = commands
    }

    /// What a measurement came to.
    struct Outcome {
        let products: RunProducts
        let folder: String
        let ending: Session.Ending
        /// What could not be made of the run, and why.
        let missing: String?
    }

    /// Measures `selection` and publishes the folder; `nil` when only the plan was asked for.
    func run(
        _ selection: Selection, suite: String?, tag: String, claims: ChosenClaims
    ) throws -> Outcome? {
        let resolved = try options.resolved()
        var plan = try resolved.plan(selection)
        try resolved.checkNamedUnits(for: plan)
        try commands?.apply(to: &plan, areBound: resolved.unitsAreNamed)
        if options.dryRun {
            try printPlan(plan, seed: resolved.seed.rawValue)
            return nil
        }
        try CommandPreparation(
            processingUnits: resolved.processingUnits,
            countersAreNamed: !resolved.counters.isEmpty,
            timesAreOpen: commands?.command != nil, budget: resolved.request.budget
        ).prepare(&plan)
        let run = MeasurementRun(
            plan: plan, seed: resolved.seed, machine: resolved.machine,
            profiles: resolved.manifestProfiles(of: plan), suite: suite, tag: tag,
            results: options.session.out,
            directory: ForkRequest.MeasuredPath(
                path: resolved.machine.storage.directory.value ?? options.session.path,
                durability: resolved.machine.storage.durability.value?.rawValue ?? "unknown"),
            processingUnits: resolved.processingUnits, budget: try selection.budget(options),
            counters: resolved.counters)
        let (measured, writer) = try run.execute()
        guard !measured.samples.isEmpty || !measured.distributions.isEmpty else {
            return try nothingMeasured(measured, writer)
        }
        let products = RunProducts(measured, claims: claims)
        try products.write([.csv, .json, .md, .junit], to: writer.folder)
        // Pictures that cannot be drawn must not cost the figures.
        var missing: String?
        do {
            try products.write([.gnuplot], to: writer.folder)
        } catch {
            missing = "the pictures are missing: \(error)"
        }
        try products.write([.html], to: writer.folder)
        let folder = try writer.publish()
        return Outcome(
            products: products, folder: folder, ending: measured.manifest.ending,
            missing: missing)
    }

    private func nothingMeasured(_ run: Run, _ writer: RunWriter) throws -> Outcome? {
        writer.discard()
        if run.manifest.ending == .interrupted {
            throw Stop.interrupted("interrupted before anything was measured")
        }
        if let failure = CommandPreparation.failure(in: run.manifest) {
            throw Stop.badInput("nothing was measured: \(failure)")
        }
        let reason = run.manifest.forks.compactMap(\.failure).first ?? "no fork gave samples"
        throw Stop.cannot("nothing was measured: \(reason)")
    }

    private struct PlanDocument: Encodable {
        let schema = "nilometer/plan/1"
        let seed: UInt64
        let workloads: [PlannedWorkload]
    }

    private func printPlan(_ plan: [PlannedWorkload], seed: UInt64) throws {
        if options.json {
            return try Terminal.output(json: PlanDocument(seed: seed, workloads: plan))
        }
        for planned in plan {
            Terminal.output(
                "\(planned.workload)  \(planned.forks) × \(Nanoseconds(planned.time))  "
                    + "\(planned.profile)  \(planned.parameters)\n")
            for contender in planned.commands?.contenders ?? [] {
                Terminal.output("    \(contender.name): \(contender.text)\n")
            }
        }
        let total = plan.reduce(0) { $0 + $1.time * Double($1.forks) }
        Terminal.output(
            "\(plan.count) workloads, \(plan.reduce(0) { $0 + $1.forks }) forks, "
                + "\(Nanoseconds(total)) of measurement\n")
    }
}

extension Selection {
    /// The time after which no further fork starts: the one asked for, or the suite's.
    func budget(_ options: MeasurementOptions) throws -> Nanoseconds? {
        try options.parsedBudget() ?? suite?.budget?.value
    }
}
