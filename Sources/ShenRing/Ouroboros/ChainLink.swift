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
    /// The state that it is being given; no entries leave until it has it.
    var image: DepartingImage?

    init(to successor: ChainMember, from agreed: UInt64, at now: Moment, resend: Span) {
        self.successor = successor
        sent = agreed
        received = agreed
        paceUntil = now
        askAt = now + resend
    }
}

/// A state on its way to a joiner, part by part: the next one leaves when the one before was taken.
struct DepartingImage: Sendable {
    /// The place of the last entry in it.
    let applied: UInt64
    /// The epoch of that entry.
    let lastEpoch: UInt64
    let bytes: [UInt8]
    /// How many of them the joiner has; with all of them it has the state.
    var received = 0
}

/// A state that comes in parts.
struct ArrivingImage: Sendable {
    let epoch: UInt64
    let applied: UInt64
    let lastEpoch: UInt64
    let total: Int
    private(set) var bytes: [UInt8] = []

    /// One of which nothing has come.
    init(of part: ChainImagePart) {
        (epoch, applied, lastEpoch) = (part.epoch, part.applied, part.lastEpoch)
        total = part.total
    }

    /// Whether a part is one of this image.
    func isOf(_ part: ChainImagePart) -> Bool {
        (part.epoch, part.applied, part.lastEpoch, part.total)
            == (epoch, applied, lastEpoch, total)
    }

    /// Adds a part that follows on what has come; another one changes nothing.
    mutating func add(_ part: ChainImagePart) {
        guard part.offset == bytes.count, part.bytes.count <= total - bytes.count else { return }
        bytes += part.bytes
    }
}
