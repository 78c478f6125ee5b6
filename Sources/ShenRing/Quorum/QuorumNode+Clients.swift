import StateMachines

// What clients and the application put into the log.
extension QuorumNode {
    /// Takes a client's request: a read wherever that is allowed, a write at the leader, and a
    /// retried one once.
    mutating func serve(
        _ request: ClientRequest, from sender: NodeID, at now: Moment,
        into effects: inout Effects<Self>
    ) {
        guard request.id.client == sender else { return ignored.impossible += 1 }
        if request.operation.isRead {
            return read(.client(request), at: now, into: &effects)
        }
        guard role == .leader else { return answer(request, .redirected(leader), into: &effects) }
        // What was applied is committed: it holds whether or not this node leads still.
        if let outcome = keyed.outcome(of: request.id) {
            return answer(request, outcome, into: &effects)
        }
        guard request.oldest >= 1, request.oldest <= request.id.number else {
            return ignored.impossible += 1
        }
        if let transfer = leading.transfer {
            return answer(request, .redirected(transfer.target.node), into: &effects)
        }
        guard keyed.admits(request), leading.uncommittedBytes < settings.uncommittedBytes else {
            return answer(request, .overloaded, into: &effects)
        }
        // One that stands in the log already is answered when that is committed.
        guard leading.underWay.insert(request.id).inserted else { return }
        enter(.request(request))
    }

    func answer(
        _ request: ClientRequest, _ outcome: RequestOutcome, into effects: inout Effects<Self>
    ) {
        let answer = QuorumMessage(
            cluster: settings.cluster, from: incarnation, term: term,
            .answer(ClientAnswer(request.id, outcome)))
        effects.send(answer, to: request.id.client)
    }

    /// Puts the application's bytes into the log.
    mutating func propose(
        _ bytes: [UInt8], token: UInt64, at now: Moment, into effects: inout Effects<Self>
    ) {
        if let refusal = refusalOfEntries {
            return effects.report(.refused(token: token, refusal))
        }
        append(.opaque(bytes), into: &effects)
        effects.report(.proposed(token: token, index: log.lastIndex, term: term))
        replicate(at: now, into: &effects)
    }

    /// Why nothing is put into the log now; nil where something is.
    var refusalOfEntries: QuorumRefusal? {
        guard role == .leader else { return .notLeading(leader) }
        guard leading.transfer == nil else { return .transferring }
        return leading.uncommittedBytes < settings.uncommittedBytes ? nil : .overloaded
    }
}
