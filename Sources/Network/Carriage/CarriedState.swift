/// What a loop knows of a connection that a carrier has, beside what it knows of every one.
struct CarriedState {
    /// The listener that a connection came to whose beginning nobody was told of yet.
    var listener: ListenerID?
    /// Where the other end is.
    var peer: Address?
    /// Who the other end has proved to be.
    var identity: PeerIdentity?
    /// Bytes that were taken since the carrier was told of some.
    var taken = 0
    /// Bytes of the send under way that the carrier was ordered to send, of which some may have left.
    var ordered = 0
    /// Whether the peer has said all; told when all that came before was.
    var hasEnded = false
}
