/// One thing that is wrong with what a user wrote: where, what was found, what was expected.
public struct InputProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where it was written; `nil` when there is no better place than the command itself.
    public let location: SourceLocation?
    /// What was found there.
    public let found: String
    /// What was expected instead.
    public let expected: String

    /// A problem at a place.
    public init(at location: SourceLocation?, found: String, expected: String) {
        self.location = location
        self.found = found
        self.expected = expected
    }

    /// One line: `FILE:LINE:COLUMN: what was found; expected what`.
    public var description: String {
        (location.map { "\($0): " } ?? "") + "\(found); expected \(expected)"
    }
}

/// All that was found wrong with what a user wrote, in the order of the places.
public struct InputProblems: Error, Equatable, Sendable, CustomStringConvertible {
    /// The problems; never empty.
    public let problems: [InputProblem]

    /// These problems, each kept once.
    public init(_ problems: [InputProblem]) {
        precondition(!problems.isEmpty, "an error without a problem")
        var unique: [InputProblem] = []
        for problem in problems where !unique.contains(problem) { unique.append(problem) }
        self.problems = unique
    }

    /// One problem.
    public init(at location: SourceLocation?, found: String, expected: String) {
        problems = [InputProblem(at: location, found: found, expected: expected)]
    }

    /// One line a problem.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// Gathers the problems of parts that can be examined independently, so that one run of the
/// program reports all of them.
public struct ProblemCollector: Sendable {
    /// What was found so far.
    public private(set) var problems: [InputProblem] = []

    /// A collector without problems.
    public init() {}

    /// The result of `body`, or `nil` after keeping what it found wrong.
    public mutating func collect<Value>(
        _ body: () throws(InputProblems) -> Value
    ) -> Value? {
        do {
            return try body()
        } catch {
            problems += error.problems
            return nil
        }
    }

    /// Keeps a problem.
    public mutating func add(at location: SourceLocation?, found: String, expected: String) {
        problems.append(InputProblem(at: location, found: found, expected: expected))
    }

    /// Throws what was found, if anything was.
    public func check() throws(InputProblems) {
        if !problems.isEmpty { throw InputProblems(problems) }
    }
}
