import Benchmarks
import Claims
import StrictYAML
import Workloads

/// Claims that are to be judged: a library, and which of its claims.
struct ChosenClaims {
    let library: ClaimLibrary
    let includes: (Claim) -> Bool

    /// The chosen claims with their documents, in the order of the library.
    var claims: [(document: ClaimDocument, claim: Claim)] {
        library.claims.filter { includes($0.claim) }
    }

    /// The workloads whose figures the claims need, each once, in the order of the claims.
    var workloads: [String] {
        var names: [String] = []
        for (_, claim) in claims {
            for name in claim.workloads where !names.contains(name) { names.append(name) }
        }
        return names
    }
}

extension Installation {
    /// The tool's claims, all of them.
    static func claims() throws -> ChosenClaims { try claims(named: [], file: nil) }

    /// The claims that any of `names` (identifiers or globs) matches, among the tool's and those
    /// of `file`. Without names: the claims of `file`, or all where no file is given. A file's claims
    /// are held against the figures that there can be; `ofRun` says that a run may have others.
    static func claims(
        named names: [String], file: String?, ofRun: Bool = true
    ) throws -> ChosenClaims {
        let directory = try workloadsDirectory()
        let library = try input { () throws(InputProblems) in
            try ClaimLibrary(
                directory: "\(directory)/claims", files: file.map { [$0] } ?? [])
        }
        if file != nil {
            let vocabulary = Vocabulary(
                try catalogue(), benchmarks: BenchmarkCatalogue.descriptions)
            try input { () throws(InputProblems) in
                try vocabulary.check(library, isComplete: !ofRun)
            }
        }
        if names.isEmpty {
            guard let file else { return ChosenClaims(library: library) { _ in true } }
            let own = try input { () throws(InputProblems) in try ClaimDocument(file: file) }
            let identifiers = Set(own.claims.map(\.id.value))
            return ChosenClaims(library: library) { identifiers.contains($0.id.value) }
        }
        let known = library.claims.map(\.claim.id.value)
        let patterns = names.map { NamePattern($0) }
        for (name, pattern) in zip(names, patterns) where !known.contains(where: pattern.matches) {
            let nearest = Spelling.nearest(to: name, among: known).map { "'\($0)'" }
            throw Stop.badInput(
                "no claim \(QuotedText(name)); expected "
                    + (nearest ?? "one that 'nilometer list claims' names"))
        }
        return ChosenClaims(library: library) { claim in
            patterns.contains { $0.matches(claim.id.value) }
        }
    }
}
