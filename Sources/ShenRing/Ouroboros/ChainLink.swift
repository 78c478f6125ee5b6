import StateMachines

/// What a node knows of the node behind it, in one epoch.
///
/// The in-flight list of van Renesse and Schneider 2004 (§3.2, `Sent`) is a range of the log: what was
/// sent and is not known to be committed. Nothing is copied into it, and an acknowledgement trims it by
/// moving its start.
struct ChainLink: Sendable {
    let successor: ChainMember
    /// The last entry that was sent.
    var sent: UInt64
    /// The last entry that the successor has without a gap, as it said.
    var received: UInt64
    /// The last entry that the successor has durable, as it said.
    var durable: UInt64 = 0
    /// How far the successor was told that this side of the chain has entries durable.
    var told: UInt64 = 0
    /// Whether something has to be sent though there is no entry for it.
    var isOwed = true
    /// Whether the successor has said anything in this epoch.
    var hasAnswered = false
    /// No entries leave before this moment.
    var paceUntil: Moment
    /// When to ask the successor how far it is, if nothing comes of it before.
    var askAt: Moment
    /// Since when questions to it have been without an answer.
    var silentSince: Moment?
    /// Where the last repetition began, and when.
    var repeatedFrom: (index: UInt64, at: Moment)?
    /// When it was last given an image.
    var imageAt: Moment?

    init(to successor: ChainMember, from agreed: UInt64, at now: Moment, resend: Span) {
        self.successor = successor
        sent = agreed
        received = agreed
        paceUntil = now
        askAt = now + resend
    }
}
