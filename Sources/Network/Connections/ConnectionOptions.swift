public import StateMachines
public import Storage

/// How a connection is used, and what its other end may do to us.
///
/// Every limit holds for each connection by itself: what one peer does costs the others nothing. A
/// connection has at most ``maximumUnsent`` bytes to send, twice the bytes received of one frame,
/// and what the kernel had received before reading was paused.
public struct ConnectionOptions: Hashable, Sendable {
    /// What goes over the connection.
    public enum Content: Hashable, Sendable {
        /// Frames for a cluster.
        case frames(FrameLimits, cluster: ClusterTag)
        /// Bytes, which the handler makes sense of.
        case bytes
    }

    /// What goes over it.
    public var content: Content
    /// How many bytes may wait to be sent, beyond those that the kernel has taken: a peer that does
    /// not read makes `send` answer ``SendOutcome/full`` and costs this much memory.
    public var maximumUnsent: Int
    /// How long connecting may take.
    public var connectDeadline: Span
    /// How long a frame may take from its first byte to its last; a peer that sends a byte a second
    /// does not hold the connection for longer.
    public var frameDeadline: Span
    /// How long the kernel may take no byte of what is to be sent.
    public var stallDeadline: Span
    /// How long the peer may send nothing; nil for as long as it likes. Heartbeats within it tell a
    /// peer that vanished without a word from one that is silent.
    public var idleDeadline: Span?
    /// From how many bytes on a send leaves them where they are until the network card has them,
    /// rather than copying them into the kernel; nil for never. It pays for large sends to other
    /// machines only: over loopback the kernel copies all the same, and is told so late.
    public var zeroCopyFrom: Int?

    /// Options for `content`.
    public init(
        content: Content, maximumUnsent: Int = 4 << 20, connectDeadline: Span = .seconds(5),
        frameDeadline: Span = .seconds(10), stallDeadline: Span = .seconds(30),
        idleDeadline: Span? = nil, zeroCopyFrom: Int? = nil
    ) {
        self.content = content
        self.maximumUnsent = maximumUnsent
        self.connectDeadline = connectDeadline
        self.frameDeadline = frameDeadline
        self.stallDeadline = stallDeadline
        self.idleDeadline = idleDeadline
        self.zeroCopyFrom = zeroCopyFrom
    }

    /// Traps where the values make no sense together.
    func check() {
        precondition(maximumUnsent > 0, "room for \(maximumUnsent) bytes to send")
        if case .frames(let limits, _) = content {
            precondition(
                maximumUnsent >= FrameHeader.size + limits.maximumPayload,
                "room for \(maximumUnsent) bytes to send, where one frame may have "
                    + "\(FrameHeader.size + limits.maximumPayload)")
        }
    }
}

/// What became of something to send.
public enum SendOutcome: Hashable, Sendable {
    /// It will leave with the loop's next turn, or when what came before it has left.
    case queued
    /// There is no room; nothing was taken. The handler hears `drained` when half of it is free.
    case full
    /// The connection has ended or is about to.
    case closed
}

/// Why a connection ended.
public enum ClosureReason: Error, Hashable, Sendable, CustomStringConvertible {
    /// This side asked for it.
    case asked
    /// The other end sent all that it had to; `insideFrame` where that was less than a whole frame.
    case endOfStream(insideFrame: Bool)
    /// The kernel said that it is over, or that there could be none.
    case failed(ErrorNumber)
    /// What came was no frame.
    case malformed(FrameError)
    /// The connection could not be proved and encrypted, or is not any more.
    case insecure(SecurityFailure)
    /// Connecting took too long.
    case connectDeadline
    /// A frame that had begun was not whole in time.
    case frameDeadline
    /// The peer took nothing for too long.
    case stalled
    /// The peer sent nothing for too long.
    case idle

    /// The reason in a line.
    public var description: String {
        switch self {
        case .asked: "closed by this side"
        case .endOfStream(let insideFrame):
            insideFrame ? "closed by the peer inside a frame" : "closed by the peer"
        case .failed(let number): "\(number)"
        case .malformed(let error): "\(error)"
        case .insecure(let failure): "\(failure)"
        case .connectDeadline: "not connected in time"
        case .frameDeadline: "a frame that had begun was not whole in time"
        case .stalled: "the peer took nothing for too long"
        case .idle: "the peer sent nothing for too long"
        }
    }
}
