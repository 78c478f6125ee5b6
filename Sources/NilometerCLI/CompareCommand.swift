import ArgumentParser
import Regression

/// Compares two runs.
struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compare two runs, metric by metric, with statistics.",
        discussion: """
            Examples:
              nilometer compare Results/A Results/B
              nilometer compare main Results/latest          # a baseline's name
              nilometer compare Results/A Results/B --threshold 10% --json
              nilometer compare Results/A Results/B --markdown comment.md --junit junit.xml

            A side is the folder of a run, the file of a baseline, or a baseline's name. Ends with 0
            whatever it finds; 'regress' fails on a regression.
            """)

    @Argument(help: "The standard: a run's folder, a baseline's file or name.")
    var base: String

    @Argument(help: "What is judged, likewise.")
    var new: String

    @OptionGroup var options: CompareOptions

    func run() throws {
        let threshold = try options.parsedThreshold()
        let rule = try options.rule(threshold: threshold)
        let sources = CompareSources(baselines: options.dir)
        let base = try sources.side(base, "BASE")
        let new = try sources.side(new, "NEW")
        let forced = try CompareGuards.differences(base, new, isForced: options.force)
        let notes = try CompareGuards.checkThreshold(threshold, base, new)
        let comparison = RunComparison(
            base: base, new: new, rule: rule, forced: forced,
            notes: notes + options.remarks)
        try CompareOutputs(options).write(comparison)
    }
}

/// The options that `compare` and `regress` share.
struct CompareOptions: ParsableArguments {
    @Option(help: "The change that matters, such as 3%.")
    var threshold = "3%"

    @Option(help: "Resamples of a bootstrap: fewer are quicker, and their intervals less exact.")
    var resamples = CompareOptions.usualResamples

    @Option(help: "Directory of the baselines.")
    var dir = CompareSources.usualDirectory

    @Flag(help: "Compare although machine or method differ; the output says so.")
    var force = false

    @Option(help: "File to write Markdown to, for a comment.")
    var markdown: String?

    @Option(help: "File to write JUnit's XML to.")
    var junit: String?

    @Flag(help: "Print one JSON document.")
    var json = false

    /// What intervals are made of unless somebody says otherwise.
    static let usualResamples = 10_000
    private static let allowedResamples = 100...1_000_000

    /// The rule with these options and `threshold`.
    func rule(threshold: Double) throws -> ComparisonRule {
        guard CompareOptions.allowedResamples.contains(resamples) else {
            throw Stop.badInput("--resamples: '\(resamples)' is not a number from 100 to 1000000")
        }
        return ComparisonRule(threshold: threshold, resamples: resamples)
    }

    /// What a reader of the comparison should know of the options.
    var remarks: [String] {
        resamples == CompareOptions.usualResamples
            ? [] : ["intervals are of \(resamples) resamples"]
    }

    /// The threshold as a share.
    func parsedThreshold() throws -> Double {
        try CompareOptions.share(threshold, option: "--threshold")
    }

    /// `3%` as 0.03.
    static func share(_ text: String, option: String) throws -> Double {
        let number = text.hasSuffix("%") ? Double(text.dropLast()) : nil
        guard let number, number > 0, number <= 1000 else {
            throw Stop.badInput(
                "\(option): '\(text)' is not a change in per cent above 0%, such as 3%")
        }
        return number / 100
    }
}
