/// What a server tells a client: which of its requests, and what became of it.
public struct ClientAnswer: Hashable, Sendable {
    /// The request that is answered.
    public let id: RequestID
    /// What became of it.
    public let outcome: RequestOutcome

    /// The answer to a request.
    public init(_ id: RequestID, _ outcome: RequestOutcome) {
        self.id = id
        self.outcome = outcome
    }
}

/// Messages of a replication protocol, as far as its clients know them: they carry requests to the
/// servers and answers back. One client then speaks to quorums and to chains.
public protocol ClientMessaging: Sendable {
    /// A request, to a server of this cluster.
    static func request(_ request: ClientRequest, cluster: ClusterID) -> Self

    /// The answer that this message carries; nil where it is none, comes from another cluster, or
    /// is of a version that is not understood.
    func answer(cluster: ClusterID) -> ClientAnswer?
}
