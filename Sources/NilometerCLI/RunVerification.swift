import Claims
import Runs
import StrictYAML

/// Whether a run's folder is what was measured: its files by their sums, and what was derived from
/// the samples by deriving it once more.
struct RunVerification {
    private let folder: String
    private let claims: String?
    private let sums: Checksums
    private let damaged: [Checksums.Finding]
    private let unlisted: [String]
    /// The raw files that a reference was made without; `nil` in the folder of a run.
    private let leftOut: Checksums?

    /// Reads every file of `folder`; `claims` is a claims file beside the tool's own.
    init(_ folder: String, claims: String?) throws {
        self.folder = folder
        self.claims = claims
        do {
            sums = try Checksums(reading: folder)
            damaged = try sums.findings(in: folder)
            unlisted = try sums.unlisted(in: folder)
            leftOut =
                ReferenceRun.isReference(folder)
                ? try Checksums(reading: folder, ReferenceRun.leftOutFile) : nil
        } catch {
            throw Stop.badInput("\(error)")
        }
    }

    /// Says what was found; throws when a file is not what was written, or would not be made again.
    func report() throws {
        for path in unlisted { Terminal.output("no sum is kept of \(path)\n") }
        sayWhatWasLeftOut()
        var problems = damaged.map(\.description)
        let raw = damaged.filter { isRaw($0.path) }
        if raw.isEmpty {
            let again = try derivedAgain()
            problems += again.problems
            Terminal.output(
                "\(sums.sums.count) sums checked, \(again.count) files made again\n")
        } else {
            problems += readingProblem().map { [$0] } ?? []
            Terminal.output(
                "\(sums.sums.count) sums checked; nothing was made again, for what it would be "
                    + "made from is damaged\n")
        }
        guard problems.isEmpty else {
            throw Stop.badInput(
                "'\(folder)' is not as it was written:\n  "
                    + problems.joined(separator: "\n  "))
        }
        Terminal.output("'\(folder)' is as it was written\n")
    }

    private func sayWhatWasLeftOut() {
        guard let names = leftOut?.sums.keys.sorted(), !names.isEmpty else { return }
        let others = names.filter { $0 != RunFiles.samples }.count
        let named = names.contains(RunFiles.samples) ? [RunFiles.samples] : []
        let counted = others > 0 ? ["\(others) histograms"] : []
        Terminal.output(
            "a reference: \((named + counted).joined(separator: " and ")) were left out on "
                + "purpose, their sums are in \(ReferenceRun.leftOutFile); figures are taken as they "
                + "are\n")
    }

    /// What everything else is derived from.
    private func isRaw(_ path: String) -> Bool {
        let taken = leftOut == nil ? RunFiles.samples : "\(RunFiles.results).csv"
        return [RunFiles.manifest, RunFiles.environment, taken].contains(path)
            || path.hasPrefix("histograms/")
    }

    /// What a reader of the damaged folder stumbles over.
    private func readingProblem() -> String? {
        do {
            if leftOut == nil {
                _ = try RunReader.read(folder)
            } else {
                _ = try ReferenceRun(reading: folder)
            }
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// Derives in memory what is derived, and compares with the files whose sums are right.
    private func derivedAgain() throws -> (problems: [String], count: Int) {
        let (claims, unknown) = try judgedClaims()
        let products = try RunProducts(of: folder, claims: claims)
        let formats =
            leftOut == nil ? Set(RunProducts.Format.allCases) : RunProducts.Format.ofReferences
        var problems: [String] = []
        var count = 0
        var isDamaged = Set(damaged.map(\.path))
        // The page holds the pictures.
        if isDamaged.contains(where: { $0.hasSuffix(".svg") }) { isDamaged.insert("report.html") }
        for file in try products.files(formats, in: folder)
        where sums.sums[file.path] != nil && !isDamaged.contains(file.path) {
            count += 1
            if SHA256.hexadecimal(of: file.data) != sums.sums[file.path] {
                problems.append(
                    "\(file.path): made again it differs\(version(of: products.run.manifest))")
            }
        }
        if !unknown.isEmpty, !problems.isEmpty {
            problems.append(
                "claims that are not at hand (give their file with --claims): "
                    + unknown.joined(separator: ", "))
        }
        return (problems, count)
    }

    /// That the run was made by another version, where it was.
    private func version(of manifest: Manifest) -> String {
        guard manifest.tool != BuildInfo.version || manifest.commit != BuildInfo.commit else {
            return ""
        }
        func name(_ version: String, _ commit: String?) -> String {
            "\(version) of \(commit.map { "commit \($0.prefix(12))" } ?? "an unknown commit")"
        }
        return " (written by \(name(manifest.tool, manifest.commit)), this is "
            + "\(name(BuildInfo.version, BuildInfo.commit)))"
    }

    /// The claims that the folder has verdicts on, and those of them that are not at hand. All
    /// claims, where its verdicts cannot be read: that they are damaged was said already.
    private func judgedClaims() throws -> (ChosenClaims, unknown: [String]) {
        let library = try Installation.claims(named: [], file: claims).library
        guard let names = try? RunReader.verdictNames(in: folder) else {
            return (ChosenClaims(library: library) { _ in true }, [])
        }
        let known = Set(library.claims.map(\.claim.id.value))
        let judged = Set(names)
        return (
            ChosenClaims(library: library) { judged.contains($0.id.value) },
            names.filter { !known.contains($0) }
        )
    }
}
