import StateMachines

/// A read that is not answered yet, and who waits for it.
enum WaitingRead: Sendable {
    case client(ClientRequest)
    case application(token: UInt64)
    /// A follower, which has a ticket for all reads that it asks for together.
    case follower(QuorumMember, ticket: UInt64)
}

/// Reads at a node that does not lead: they wait until the leader has said from which index on they
/// may be answered, and then until that is applied. One ticket is out at a time, and stands for all
/// reads that came before it was sent.
struct FollowerReads: Sendable {
    /// Reads that no ticket stands for.
    var waiting: [WaitingRead] = []
    /// Reads that the ticket which is out stands for.
    var asked: [WaitingRead] = []
    /// The last ticket.
    var ticket: UInt64 = 0
    /// When the ticket which is out is given up for another one.
    var deadline: Moment?
    /// Reads that wait for an index to be applied, in the order of indices.
    var unapplied = FIFO<(index: UInt64, read: WaitingRead)>()

    var count: Int { waiting.count + asked.count + unapplied.count }
}
