/// A picture of a run, as a report links to it.
public struct Picture: Codable, Hashable, Sendable {
    /// Name of its files in the run's `plots/`, without extension.
    public let name: String
    /// The sentence above it.
    public let title: String
    /// The workload that it shows; `nil` for the overview of verdicts.
    public let workload: String?

    /// A picture whose files are `plots/NAME.svg`, `.png`, `.dat` and `.gp`.
    public init(name: String, title: String, workload: String?) {
        self.name = name
        self.title = title
        self.workload = workload
    }
}
