import Cluster
import StateMachines

/// A replicated store of the suite's own over processes.
final class OwnContender: ReplicationContender {
    /// `chain` or `quorum`.
    let name: String
    private let session: StoreSession

    /// Starts servers and clients, has all of them answered, and lets them rest.
    init(_ plan: StorePlan) throws {
        name = plan.replication.rawValue
        session = try StoreSession(plan)
        try session.warmUp()
        try session.silenceAuditors()
        try session.rest()
    }

    func turn(for span: Span) throws -> ReplicationTurn {
        try session.resume()
        let before = try ProcessorTimes(of: session.serverProcesses)
        let measured = try session.measure(for: span)
        let (servers, clients) = before.until(try ProcessorTimes(of: session.serverProcesses))
        try session.rest()
        let waits = measured.load.map(\.wait.inNanoseconds)
        guard !waits.isEmpty else { throw StoreFailure.silent(seconds: span.inSeconds) }
        return ReplicationTurn(
            writes: waits.count, length: measured.end - measured.begin,
            meanWait: waits.reduce(0, +) / Double(waits.count), servers: servers,
            clients: clients)
    }

    func finish() throws -> String {
        try session.audit().note
    }
}
