import StrictYAML
import Workloads

/// Claims of several documents that may refer to each other's figures, with their arithmetic done.
public struct ClaimLibrary: Sendable {
    /// The documents in the order in which they were given.
    public let documents: [ClaimDocument]
    let calculations: [String: [Calculation]]
    let figures: ClaimFigures

    /// Reads `directory`/NAME.yaml in the order of the names, and `files` after them, the problems
    /// of all files together.
    public init(directory: String?, files: [String] = []) throws(InputProblems) {
        var paths: [String] = []
        if let directory {
            paths = try InputFile.names(in: directory, suffix: ".yaml").map { "\(directory)/\($0)" }
        }
        var collector = ProblemCollector()
        var documents: [ClaimDocument] = []
        for path in paths + files {
            let document = collector.collect { () throws(InputProblems) in
                try ClaimDocument(file: path)
            }
            if let document { documents.append(document) }
        }
        try collector.check()
        try self.init(documents)
    }

    /// The library of these documents; throws when two claims share an identifier, when an
    /// formula names a claim that does not exist, goes in a circle or has no value.
    public init(_ documents: [ClaimDocument]) throws(InputProblems) {
        self.documents = documents
        figures = try ClaimFigures(documents.flatMap(\.claims))
        calculations = try figures.calculations()
    }

    /// Every claim with its document, in order.
    public var claims: [(document: ClaimDocument, claim: Claim)] {
        documents.flatMap { document in document.claims.map { (document, $0) } }
    }

    /// The identifiers of the claims that `names` call, which may be patterns such as `SN-*`; of
    /// all claims when there are no names.
    public func identifiers(matching names: [String]) throws(InputProblems) -> Set<String> {
        let known = claims.map(\.claim.id.value)
        if names.isEmpty { return Set(known) }
        var collector = ProblemCollector()
        var found: Set<String> = []
        for name in names {
            let pattern = NamePattern(name)
            let matches = known.filter(pattern.matches)
            if matches.isEmpty {
                // The nearest one, not the list: there are hundreds.
                let nearest = Spelling.nearest(to: name, among: known)
                collector.add(
                    at: nil, found: "no claim \(QuotedText(name))",
                    expected: nearest.map { "'\($0)'" } ?? "the identifier of a claim")
            }
            found.formUnion(matches)
        }
        try collector.check()
        return found
    }
}
