import CNilometerShims
import CUring
public import StateMachines
public import Storage

/// How a loop waits for something to happen.
public enum LoopWaiting: Hashable, Sendable {
    /// Asleep in the kernel: costs no processor time, and some microseconds to wake up.
    case blocking
    /// Looking for it all the time, for at most so long before it sleeps after all; nil for ever.
    /// The lowest latency, for a core that nobody else needs.
    case spinning(atMost: Span?)
}

extension EventLoop {
    /// How a loop is set up.
    public struct Options: Hashable, Sendable {
        /// How it waits.
        public var waiting: LoopWaiting
        /// How many connections there may be at once; more are closed as soon as they are accepted.
        public var maximumConnections: Int
        /// How many requests one system call can carry, a power of two.
        public var entries: Int
        /// How many completions the kernel has room for before it has to keep them elsewhere, a
        /// power of two of at least `entries`.
        public var completions: Int
        /// How many buffers connections share for what is received, a power of two.
        public var receiveBuffers: Int
        /// Bytes of each.
        public var receiveBufferSize: Int

        /// Options; the buffers take `receiveBuffers` times `receiveBufferSize` bytes.
        public init(
            waiting: LoopWaiting = .blocking, maximumConnections: Int = 1 << 14,
            entries: Int = 256, completions: Int = 4096, receiveBuffers: Int = 256,
            receiveBufferSize: Int = 1 << 14
        ) {
            self.waiting = waiting
            self.maximumConnections = maximumConnections
            self.entries = entries
            self.completions = completions
            self.receiveBuffers = receiveBuffers
            self.receiveBufferSize = receiveBufferSize
        }

        /// Traps where a value makes no sense.
        func check() {
            precondition(
                (1..<RequestToken.slotLimit).contains(maximumConnections),
                "room for \(maximumConnections) connections")
            for (name, count) in [
                ("entries", entries), ("completions", completions), ("buffers", receiveBuffers),
            ] {
                precondition(
                    count > 0 && count <= 1 << 15 && count & (count - 1) == 0,
                    "\(count) \(name), which is no power of two up to \(1 << 15)")
            }
            precondition(completions >= entries, "\(completions) completions, \(entries) entries")
            precondition(
                (64...1 << 24).contains(receiveBufferSize), "buffers of \(receiveBufferSize) bytes")
        }
    }
}

/// What the kernel granted to a loop.
public struct LoopCapabilities: Hashable, Sendable, CustomStringConvertible {
    /// Whether something can be had.
    public enum Support: Hashable, Sendable, CustomStringConvertible {
        /// It can.
        case granted
        /// It was not asked for.
        case notAsked
        /// The kernel's io_uring does not have it.
        case missing
        /// The kernel refused.
        case refused(ErrorNumber)

        /// The answer in a word or two.
        public var description: String {
            switch self {
            case .granted: "granted"
            case .notAsked: "not asked for"
            case .missing: "not in this kernel"
            case .refused(let number): "refused: \(number)"
            }
        }
    }

    /// How the ring was set up, and what it had to do without.
    public let setup: RingSetup
    /// Sends that leave the bytes where they are (Linux 6.0).
    public let zeroCopySends: Support
    /// Polling network cards while waiting (Linux 6.9); for loops that spin.
    public let cardPolling: Support

    /// How long the kernel polls a card at a time: about the time between two packets that a core
    /// can still handle one by one.
    private static var cardPollingMicroseconds: UInt32 { 50 }

    init(_ ring: SocketRing, pollingCards: Bool) {
        setup = ring.setup
        zeroCopySends = ring.supports(IORING_OP_SEND_ZC) ? .granted : .missing
        guard pollingCards else {
            cardPolling = .notAsked
            return
        }
        // SAFETY: the descriptor is the ring's own.
        let answer = unsafe nilometer_uring_poll_cards(
            ring.ring.pointee.ring_fd, Self.cardPollingMicroseconds)
        cardPolling = answer == 0 ? .granted : .refused(ErrorNumber(code: -answer))
    }

    /// All of it in a line.
    public var description: String {
        "\(setup), zero-copy sends \(zeroCopySends), card polling \(cardPolling)"
    }
}

/// What happened on a loop since it was set up.
public struct LoopStatistics: Hashable, Sendable {
    /// Turns that were made.
    public var turns: UInt64 = 0
    /// Entries into the kernel by the ring.
    public var kernelEntries: UInt64 = 0
    /// Connections accepted.
    public var accepted: UInt64 = 0
    /// Connections that were closed as soon as they were accepted, for lack of room.
    public var turnedAway: UInt64 = 0
    /// Times that no connection could be accepted for want of descriptors or memory.
    public var acceptFailures: UInt64 = 0
    /// Frames received.
    public var framesReceived: UInt64 = 0
    /// Bytes received.
    public var bytesReceived: UInt64 = 0
    /// Sends handed to the kernel through the ring.
    public var sends: UInt64 = 0
    /// Sends by a call of their own, which only loops that spin make.
    public var directSends: UInt64 = 0
    /// Bytes that the kernel took.
    public var bytesSent: UInt64 = 0
    /// Times that `send` had no room.
    public var fullAnswers: UInt64 = 0
    /// Connections that ended for what came on them: no frame, or of another version or cluster.
    public var malformed: UInt64 = 0
    /// Connections that ended for a deadline.
    public var deadlines: UInt64 = 0
    /// Times that a connection had to wait for a buffer to receive into.
    public var bufferShortages: UInt64 = 0
    /// Connections that could not be proved and encrypted, or ceased to be.
    public var insecure: UInt64 = 0
    /// Datagrams received.
    public var datagramsReceived: UInt64 = 0
    /// Datagrams that the kernel took.
    public var datagramsSent: UInt64 = 0
    /// Datagrams that the kernel refused, or for which there was no room.
    public var datagramsRefused: UInt64 = 0
}

/// Why a loop cannot do what it was asked to, or can do nothing at all.
public enum NetworkError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was refused.
    public enum Operation: String, Hashable, Sendable {
        /// Buffers for what is received.
        case receiveBuffers = "buffers to receive into"
        /// The bell for other threads.
        case bell = "a bell for other threads"
        /// A socket.
        case socket = "a socket"
        /// A ring for the calling thread.
        case ring = "the ring"
        /// To wait for what happens.
        case waiting = "to wait"
        /// Datagrams, which only the ring has.
        case datagrams = "datagrams over this transport"
    }

    /// io_uring cannot be had.
    case ringUnavailable(RingRefusal)
    /// The kernel refused something.
    case refused(Operation, ErrorNumber)
    /// An address cannot be listened at.
    case listen(Address, ErrorNumber)
    /// There are as many connections as there may be.
    case tooManyConnections(limit: Int)

    /// What was refused, and why.
    public var description: String {
        switch self {
        case .ringUnavailable(let refusal): "\(refusal)"
        case .refused(let operation, let number):
            "the kernel refused \(operation.rawValue): \(number)"
        case .listen(let address, let number): "cannot listen at \(address): \(number)"
        case .tooManyConnections(let limit): "there are \(limit) connections, the most there may be"
        }
    }
}
