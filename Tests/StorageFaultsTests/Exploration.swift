import Randomness
import StorageFaults

/// Explores a subject in all ways: every short sequence of operations cut after every step, every step
/// of the shorter ones failing in every way, and long lives by seed.
///
/// Short is three operations; two where the test is one of many, since each operation more multiplies
/// the sequences by the size of the alphabet.
func explore<Subject: CrashSubject & ~Copyable>(
    _ explorer: CrashExplorer<Subject>, upTo length: Int, lives: Int, seed: Seed
) -> CrashReport {
    var explorer = explorer
    explorer.exploreSequences(upTo: length, draws: 1, seed: seed)
    explorer.exploreFaults(upTo: length - 1, seed: seed.derived(for: "faults"))
    explorer.exploreLives(lives, crashes: 8, length: 10, seed: seed.derived(for: "lives"))
    return explorer.report
}
