/// A promise that was broken, and how to see it again.
package struct CrashFinding: Sendable, CustomStringConvertible {
    /// What was asked of the subject before the crash, in words.
    package let operations: String
    /// What went wrong on the way.
    package let faults: String
    /// The crash.
    package let crash: String
    /// What was wrong afterwards.
    package let complaint: String
    /// The steps of the file system up to the crash, the last ones of many.
    package let trace: [FileStep]

    /// All of it, a step a line.
    package var description: String {
        """
        \(complaint)
          operations: \(operations)
          faults: \(faults)
          crash: \(crash)
          after:
        \(trace.map { "    \($0)" }.joined(separator: "\n"))
        """
    }
}

/// What an exploration came to.
package struct CrashReport: Sendable {
    /// How many crashes there were, each with a recovery and an audit behind it.
    package internal(set) var crashes = 0
    /// The first promise that was found broken; nothing more was explored then.
    package internal(set) var finding: CrashFinding?

    /// Nothing explored yet.
    package init() {}
}
