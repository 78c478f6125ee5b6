import ShenRing
import StateMachines

/// The kinds of frames between nodes.
enum FrameKind {
    /// Who calls whom; the first frame of whoever has connected, and of nobody else.
    static var greeting: UInt8 { 1 }
    /// Messages of the protocol, one behind the other: one at least.
    static var messages: UInt8 { 2 }
}

/// What a node says when it has connected to another one.
struct Greeting: WireCodable, Hashable {
    /// The version of what nodes say to each other after it.
    static let currentVersion: UInt16 = 1
    /// Its bytes.
    static let size = 10

    var version = Greeting.currentVersion
    let sender: NodeID
    let receiver: NodeID

    init(from sender: NodeID, to receiver: NodeID, version: UInt16 = currentVersion) {
        self.sender = sender
        self.receiver = receiver
        self.version = version
    }

    func encode(into writer: inout WireWriter) {
        writer.write(version)
        writer.write(sender)
        writer.write(receiver)
    }

    init(from reader: inout WireReader) throws(WireError) {
        version = try reader.number()
        // What follows may be anything in another version.
        guard version == Self.currentVersion else { throw .version(UInt64(version)) }
        sender = try reader.node()
        receiver = try reader.node()
    }
}
