/// Something durable that is used until the process is killed.
protocol ProbedSubject {
    associatedtype Failure: Error

    /// Opens what is in `directory`, holds it against what was promised, and then uses it and reports
    /// each promise; with `isCheck` it returns instead.
    static func run(
        in directory: String, promised: [UInt64: UInt64], isCheck: Bool
    ) throws(Failure)
}

extension ProbedSubject {
    /// Runs, and ends the process when that fails.
    static func start(in directory: String, promised: [UInt64: UInt64], isCheck: Bool) {
        do throws(Failure) {
            try run(in: directory, promised: promised, isCheck: isCheck)
        } catch {
            Reports.fail("\(error)", status: 70)
        }
    }
}
