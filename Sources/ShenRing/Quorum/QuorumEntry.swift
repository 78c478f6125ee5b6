/// What stands at a place of the log, and the term of the leader that put it there.
public struct QuorumEntry: Hashable, Sendable {
    /// What an entry asks for.
    public enum Payload: Hashable, Sendable {
        /// Nothing: a leader's first entry, by which it learns what is committed (Raft §8).
        case noop
        /// A client's request, applied to the keyed state.
        case request(ClientRequest)
        /// Who votes from this place on (Raft §6: from when it stands in the log, committed or
        /// not).
        case configuration(QuorumMembership)
        /// What only the application understands.
        case opaque([UInt8])
    }

    /// The term of the leader that made it.
    public let term: UInt64
    /// What it asks for.
    public let payload: Payload

    /// An entry of a term.
    public init(term: UInt64, _ payload: Payload) {
        self.term = term
        self.payload = payload
    }

    /// About how many bytes it takes on the wire and on the disk: what batches and windows are
    /// counted in.
    public var size: Int {
        switch payload {
        case .noop: 16
        case .request(let request): 16 + request.size
        case .configuration(let membership):
            16 + 8
                * (membership.voters.count + membership.outgoing.count + membership.learners.count)
        case .opaque(let bytes): 16 + bytes.count
        }
    }
}

extension ClientRequest {
    /// About how many bytes it takes on the wire.
    public var size: Int {
        switch operation {
        case .read: 32
        case .write(let value): 32 + value.count
        case .compareAndSet(let expected, let value): 32 + (expected?.count ?? 0) + value.count
        }
    }
}
