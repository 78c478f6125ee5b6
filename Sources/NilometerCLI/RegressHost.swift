import Counters
import Diagnosis
import Hardware
import Measurement
import Randomness
import Regression
import Runs

/// The machine that a regression is looked for on, and how it is measured.
struct RegressHost {
    let machine: Machine
    let processingUnits: [Int]
    let counters: [CounterName]
    let seed: Seed
    let directory: ForkRequest.MeasuredPath
    /// Directory of the runs' folders.
    let results: String

    /// The host that `options` describe.
    init(_ options: RegressOptions, countsInstructions: Bool) throws {
        var counters = try CounterSelection.parse(options.session.counters)
        let instructions = CounterName("instructions")
        if countsInstructions, !counters.contains(instructions) { counters.append(instructions) }
        self.counters = counters
        machine = try Detection.machine(.running, directory: options.session.path)
        processingUnits = try MeasurementOptions.processingUnits(
            options.session.cpus, of: machine.topology)
        seed = options.session.chosenSeed
        directory = ForkRequest.MeasuredPath(
            path: machine.storage.directory.value ?? options.session.path,
            durability: machine.storage.durability.value?.rawValue ?? "unknown")
        results = options.session.out
    }

    /// What must agree with a baseline before anything is measured.
    var side: MeasuredSide {
        MeasuredSide(
            name: "this machine", run: "", tool: BuildInfo.version, commit: BuildInfo.commit,
            start: "", seed: seed.rawValue, method: Manifest.currentMethod,
            fingerprint: machine.fingerprint, workloads: [], detectableEffect: nil, figures: [])
    }

    /// The profiles of a plan as a manifest has them.
    func profiles(of plan: RegressPlan) -> [Manifest.ResolvedProfile] {
        Profile.all(on: machine)
            .filter { profile in
                plan.workloads.contains { $0.profile == profile.name.rawValue }
            }
            .map { Manifest.ResolvedProfile(name: $0.name.rawValue, fields: $0.fields) }
    }

    /// A quick look at the machine, where one can be had.
    func checkup() -> Checkup? {
        Checkup.attempt(machine, processingUnits: processingUnits, directory: directory.path)
    }

    /// Refuses `--instructions` where nothing counts them, here or in `stored`, before anything is
    /// measured.
    func checkInstructions(_ plan: RegressPlan, stored: MeasuredSide?) throws {
        let hasCommands = plan.workloads.contains { $0.commands != nil }
        if let reason = machine.counters.hardwareEvents.reason, !hasCommands {
            throw Stop.cannot(
                "--instructions: this machine counts no instructions (\(reason)), and no workload "
                    + "of the baseline is a command, which valgrind could count")
        }
        if let stored, !stored.figures.contains(where: \.countsInstructions) {
            throw Stop.badInput(
                "--instructions: baseline '\(stored.name)' holds no instructions; expected one of "
                    + "a run with --counters instructions, or --baseline-binary")
        }
    }
}
