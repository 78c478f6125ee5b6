public import Measurement

/// The smallest effect that a comparison of runs can show on this machine, from comparisons of
/// equals (A/A).
public struct DetectableEffectSummary: Codable, Hashable, Sendable {
    /// The workload that was compared with itself.
    public let workload: String
    /// The effect in per cent.
    public let percent: Double
    /// How many processes compared it with itself.
    public let processes: Int
    /// What everything random in them was drawn from.
    public let seed: UInt64
    /// How it was found, in words.
    public let method: String

    /// An effect.
    public init(workload: String, percent: Double, processes: Int, seed: UInt64, method: String) {
        self.workload = workload
        self.percent = percent
        self.processes = processes
        self.seed = seed
        self.method = method
    }
}

/// All that the doctor found.
public struct DoctorReport: Codable, Sendable {
    /// The form of the JSON document.
    public static let currentSchema = "nilometer/doctor/1"

    /// The form of this document.
    public let schema: String
    /// How long the examination took, in nanoseconds.
    public let duration: Double
    /// The hardware threads that were examined.
    public let processingUnits: [Int]
    /// The checks that were made, whether or not they found anything.
    public let checks: [String]
    /// What they found, the most serious first.
    public let findings: [Finding]
    /// The noise on each hardware thread.
    public let jitter: [JitterReading]
    /// How evenly each worked.
    public let work: [WorkReading]
    /// How near the first two stayed to each other; `nil` where only one was examined.
    public let placement: PlacementReading?
    /// Settings and states, with their sources.
    public let settings: LiveSettings
    /// What else happened.
    public let meanwhile: Meanwhile
    /// The smallest effect that comparisons can show here; `nil` when there is none.
    public var smallestDetectable: DetectableEffectSummary?
    /// Why there is none; `nil` when there is.
    public var whyNotDetectable: String?
    /// The file in which the effect is kept for comparisons; `nil` where there is no effect, or it could
    /// not be kept.
    public var detectableKeptIn: String?

    /// The report of an examination that took `duration` nanoseconds.
    public init(
        _ examination: Examination, duration: Double,
        smallestDetectable: DetectableEffectSummary? = nil
    ) {
        schema = DoctorReport.currentSchema
        self.duration = duration
        processingUnits = examination.processingUnits
        checks = Check.all.map(\.id)
        findings = examination.findings
        jitter = examination.jitter
        work = examination.work
        placement = examination.placement
        settings = examination.settings
        meanwhile = examination.meanwhile
        self.smallestDetectable = smallestDetectable
        whyNotDetectable = smallestDetectable == nil ? "not measured" : nil
    }

    /// How many findings are of a severity.
    public func count(_ severity: Finding.Severity) -> Int {
        findings.count { $0.severity == severity }
    }

    /// The verdict in one sentence.
    public var verdict: String {
        var names: [String] = []
        for finding in findings
        where finding.severity == .serious && !names.contains(finding.id) {
            names.append(finding.id)
        }
        if !names.isEmpty {
            return "figures taken here now are to be doubted: \(names.joined(separator: ", "))"
        }
        let notable = count(.notable)
        return notable == 0
            ? "nothing speaks against figures taken here now"
            : "figures can be taken here; \(notable) finding\(notable == 1 ? "" : "s") will show "
                + "in tails or spread"
    }
}
