/// What a node has sent, received and dropped in this life.
public struct NodeStatistics: Hashable, Sendable {
    /// Messages given to the loop to send.
    public var sent: UInt64 = 0
    /// Frames that they left in.
    public var framesSent: UInt64 = 0
    /// Messages handed to the machine, those to itself not counted.
    public var received: UInt64 = 0
    /// Messages to itself.
    public var own: UInt64 = 0
    /// Records handed to the journal.
    public var records: UInt64 = 0
    /// Groups in which they were stored.
    public var groups: UInt64 = 0
    /// Connections that were made to peers, the first and every later time.
    public var connected: UInt64 = 0

    /// Messages dropped since there was no connection to their receiver.
    public var unreachable: UInt64 = 0
    /// Messages dropped since their receiver does not take what it was sent before.
    public var overflowed: UInt64 = 0
    /// Messages dropped since no frame may be as long.
    public var tooLong: UInt64 = 0

    /// Connections ended for bytes that are no frame, or a frame of no known kind.
    public var noFrames: UInt64 = 0
    /// Connections ended for frames of another cluster.
    public var otherCluster: UInt64 = 0
    /// Connections ended for frames, greetings or messages of another version.
    public var otherVersion: UInt64 = 0
    /// Connections ended for a greeting that was missing, broken, or meant for another node.
    public var strangers: UInt64 = 0
    /// Connections ended for a certificate that names another node than the one that was called, or
    /// that whoever called said it was.
    public var impostors: UInt64 = 0
    /// Connections that could not be proved and encrypted, or ceased to be.
    public var insecure: UInt64 = 0
    /// Connections ended for messages that could not be read.
    public var malformed: UInt64 = 0

    /// Nothing has happened.
    public init() {}
}
