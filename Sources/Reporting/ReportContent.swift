import Measurement
public import Runs

/// What a report says of a run, whatever it is written in.
public struct ReportContent: Sendable {
    /// What was run and how.
    public var manifest: Manifest
    /// The machine in a few lines of plain text.
    public var machine: [String]
    /// Every fact about the machine, as `nilometer detect` prints them; empty when not known.
    public var machinePage: String
    /// What the doctor found before and after.
    public var checkups: RunCheckups
    /// The rows of `results.csv`.
    public var figures: [Figure]
    /// The rows of `verdicts.csv`.
    public var verdicts: [VerdictRecord]
    /// The rows of `expectations.csv`.
    public var expectations: [ExpectationRecord]
    /// The pictures in the run's `plots/`.
    public var pictures: [Picture]
    /// What comparisons of known slowdowns came to, a line each; empty where nothing calibrated
    /// them.
    public var slowdowns: [String]

    /// A report's content; what is left out is not spoken of.
    public init(
        manifest: Manifest, machine: [String] = [], machinePage: String = "",
        checkups: RunCheckups = RunCheckups(), figures: [Figure] = [],
        verdicts: [VerdictRecord] = [], expectations: [ExpectationRecord] = [],
        pictures: [Picture] = [], slowdowns: [String] = []
    ) {
        self.manifest = manifest
        self.machine = machine
        self.machinePage = machinePage
        self.checkups = checkups
        self.figures = figures
        self.verdicts = verdicts
        self.expectations = expectations
        self.pictures = pictures
        self.slowdowns = slowdowns
    }

    /// What the run's programs cost and how they compare, in sentences.
    var commandSentences: [String] {
        CommandComparison.sentences(in: manifest, figures: figures)
    }

    /// The command line that measures the same again, with the seed in it.
    var commandLine: String {
        var command = manifest.command
        let hasSeed = command.contains { $0 == "--seed" || $0.hasPrefix("--seed=") }
        if !hasSeed { command += ["--seed", "\(manifest.seed)"] }
        return ShellCommand.line(command)
    }

    /// What forks said, each once with its workload: facts, failures, what was set aside.
    var notes: [(workload: String, note: String)] {
        var notes: [(workload: String, note: String)] = []
        var seen: Set<[String]> = []
        for fork in manifest.forks where manifest.workloads.indices.contains(fork.workload) {
            let workload = manifest.workloads[fork.workload].workload
            var own = fork.notes
            if let failure = fork.failure {
                own.append("fork \(fork.fork) gave no figures: \(failure)")
            }
            if let aside = fork.setAside {
                own.append("fork \(fork.fork) is in no figure: \(aside)")
            }
            for note in own where seen.insert([workload, note]).inserted {
                notes.append((workload, note))
            }
        }
        return notes
    }
}
