public import Runs

/// The verdicts that a run gives by its own figures, set apart from those of claims that need other
/// figures or none: beside a run of a few workloads those would drown what was measured.
public struct RunVerdicts: Sendable {
    /// The verdicts that rest on figures of the run, in their order.
    public let judged: [VerdictRecord]
    private let unmeasured: Int
    private let reasoned: Int

    /// Divides `verdicts` by what they rest on.
    public init(_ verdicts: [VerdictRecord]) {
        judged = verdicts.filter { $0.basis == .measured }
        unmeasured = verdicts.count { $0.basis == .unmeasured }
        reasoned = verdicts.count { $0.basis == .reasoned }
    }

    /// A sentence that counts the others and says where they are shown; `nil` without others.
    public var remainder: String? {
        let more = judged.isEmpty ? "" : "further "
        func count(_ number: Int, isFirst: Bool, _ one: String, _ several: String) -> String? {
            guard number > 0 else { return nil }
            let noun = isFirst ? " \(more)\(number == 1 ? "claim" : "claims")" : ""
            return "\(number)\(noun) \(number == 1 ? one : several)"
        }
        let parts = [
            count(unmeasured, isFirst: true, "needs other figures", "need other figures"),
            count(
                reasoned, isFirst: unmeasured == 0, "is judged without a run",
                "are judged without a run"),
        ].compactMap { $0 }
        guard !parts.isEmpty else { return nil }
        return "\(parts.joined(separator: ", ")): `nilometer validate` shows all"
    }

    /// The judged ones as a table, and the sentence; empty without verdicts.
    ///
    /// - Parameters:
    ///   - width: see `VerdictTable`.
    ///   - style: how the parts look.
    public func text(width: Int = FigureTable.usualWidth, style: TextStyle = .plain) -> String {
        let table = VerdictTable(judged).text(width: width, style: style)
        let line = remainder.map { $0 + "\n" } ?? ""
        return table + line
    }
}
