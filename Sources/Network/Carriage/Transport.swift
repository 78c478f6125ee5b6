/// What a loop's connections go over: the kernel's io_uring, or sockets of somebody else's that a
/// carrier has.
///
/// A loop's promises are the same over either: frames, limits, deadlines, reasons and counters are
/// the loop's own. What differs is how bytes get to the kernel, and whether they are encrypted.
public struct Transport: Sendable, CustomStringConvertible {
    /// Makes a carrier that says into an inbox what happens.
    package typealias Maker = @Sendable (CarrierInbox) -> any SocketCarrier

    /// The name, such as `io_uring`.
    public let description: String
    /// Whether peers prove who they are, and nobody between can read or change what is said.
    public let provesPeers: Bool
    /// Makes the carrier; nil for the kernel's ring, which needs none.
    let make: Maker?

    /// The kernel's io_uring: nothing is encrypted, and nobody proves anything.
    public static let ring = Transport(description: "io_uring", provesPeers: false, make: nil)

    private init(description: String, provesPeers: Bool, make: Maker?) {
        self.description = description
        self.provesPeers = provesPeers
        self.make = make
    }

    /// A transport over a carrier.
    package init(
        carriedBy description: String, provesPeers: Bool, make: @escaping Maker
    ) {
        self.init(description: description, provesPeers: provesPeers, make: make)
    }
}

/// Who the other end of a connection has proved to be.
public struct PeerIdentity: Hashable, Sendable {
    /// The names that its certificate was signed for.
    public let names: [String]

    /// Somebody of these names.
    public init(names: [String]) { self.names = names }
}

/// Why a connection that has to be proved and encrypted could not be, or is not any more.
public enum SecurityFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The peer showed no certificate.
    case noCertificate
    /// The peer's certificate was not signed by whom this side trusts, or is not valid now.
    case untrusted
    /// The peer does not take this side's certificate, or what else this side said; its alert.
    case refused(alert: String)
    /// The peer speaks no version of the protocol that this side does.
    case version
    /// The stream ended without the peer's word that it had said all: it was cut off by somebody.
    case truncated
    /// The peer said something else than it had to, in the library's words.
    case broken(String)

    /// The failure in a line.
    public var description: String {
        switch self {
        case .noCertificate: "the peer has shown no certificate"
        case .untrusted: "the peer's certificate is signed by nobody who is trusted, or not valid"
        case .refused(let alert): "the peer refuses this side's word: \(alert)"
        case .version: "the peer speaks no version of TLS that is spoken here"
        case .truncated: "the stream was cut off"
        case .broken(let words): "what the peer says is no TLS: \(words)"
        }
    }
}
