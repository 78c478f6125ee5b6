/// Requests in a head's log that are not committed, and how many bytes they have.
struct UncommittedRequests: Sendable {
    private var ids: Set<RequestID> = []
    /// Of all of them.
    private(set) var bytes = 0

    /// Whether it is among them: its answer comes when it is committed.
    func contains(_ request: ClientRequest) -> Bool { ids.contains(request.id) }

    mutating func insert(_ request: ClientRequest) {
        if ids.insert(request.id).inserted { bytes += request.size }
    }

    mutating func remove(_ request: ClientRequest) {
        if ids.remove(request.id) != nil { bytes -= request.size }
    }
}
