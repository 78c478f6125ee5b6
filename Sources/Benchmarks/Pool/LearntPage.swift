import Hardware
import SharedNothing

/// What pools have learnt of their workloads on a machine, for who describes the machine.
public struct LearntPage: Encodable, Sendable {
    /// A configuration that is offered.
    public struct Entry: Encodable, Sendable {
        /// The workload.
        public let workload: String
        /// Number of workers.
        public let workers: Int
        /// Messages that a worker takes at once.
        public let batchSize: Int
        /// What a worker does while there is nothing to do.
        public let waitStrategy: Profile.WaitStrategy
        /// Messages a second while these settings held.
        public let messagesPerSecond: Double
        /// Readings that they are founded on.
        public let readings: Int
        /// The file that says so.
        public let source: String
    }

    /// A file that is not used.
    public struct Rejection: Encodable, Sendable {
        /// The file.
        public let path: String
        /// Why.
        public let reason: String
    }

    /// What is offered, by workload.
    public let configurations: [Entry]
    /// What is not used.
    public let rejected: [Rejection]

    /// What was learnt on the machine; nil where there is no place for it, or nothing in it.
    public init?(for machine: Machine) {
        guard let store = LearntStore() else { return nil }
        do throws(DurableFileError) {
            let found = try store.find(
                machine: LearntConfiguration.digest(of: machine.fingerprint))
            configurations = found.configurations.map {
                Entry(
                    workload: $0.workload, workers: $0.settings.workers,
                    batchSize: $0.settings.batch, waitStrategy: $0.settings.wait,
                    messagesPerSecond: $0.throughput, readings: $0.readings,
                    source: store.path(of: $0))
            }
            rejected = found.rejected.map { Rejection(path: $0.path, reason: "\($0.flaw)") }
        } catch {
            configurations = []
            rejected = [Rejection(path: error.path, reason: "\(error)")]
        }
        if configurations.isEmpty && rejected.isEmpty { return nil }
    }

    /// The page's lines, each ended.
    public var text: String {
        let lines =
            configurations.map {
                "  \($0.workload): \($0.workers) workers, batches of \($0.batchSize), "
                    + "\($0.waitStrategy.rawValue); \(Int($0.messagesPerSecond)) messages/s in "
                    + "\($0.readings) readings (\($0.source))"
            }
            + rejected.map { "  not used: \($0.path): \($0.reason)" }
        return "\nLearnt here\n" + lines.map { "\($0)\n" }.joined()
    }
}
