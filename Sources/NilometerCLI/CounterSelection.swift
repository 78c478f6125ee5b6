import Benchmarks
import Counters
import Measurement
import Runs
import StrictYAML

/// The counters that `--counters` names.
enum CounterSelection {
    /// Reads a list of names, separated by commas. What is known to be no counter is refused, with
    /// the name that was probably meant; what merely cannot be counted here is not.
    static func parse(_ text: String?) throws -> [CounterName] {
        guard let text else { return [] }
        let published = EngineCounter.allCases.map(\.name.description)
        var names: [CounterName] = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
            let name = CounterName(word)
            if let candidates = CounterLibrary.candidates(for: name, published: published) {
                let nearest = Spelling.nearest(to: word, among: candidates).map { "'\($0)'" }
                throw Stop.badInput(
                    "--counters: there is no counter '\(word)'; expected "
                        + (nearest ?? "one that 'nilometer list counters --json' names"))
            }
            guard !names.contains(name) else {
                throw Stop.badInput("--counters: '\(word)' is named twice (as '\(name)')")
            }
            names.append(name)
        }
        return names
    }

    /// What the forks of a run said of its counters, each once.
    static func notes(of manifest: Manifest) -> [String] {
        var notes: [String] = []
        for note in manifest.forks.flatMap(\.notes)
        where note.hasPrefix(CounterMetrics.notePrefix) && !notes.contains(note) {
            notes.append(note)
        }
        return notes
    }
}
