public import StateMachines

/// One way from one machine to another; the way back is another link.
public struct Link: Hashable, Sendable, CustomStringConvertible {
    /// Who speaks.
    public let from: NodeID
    /// Who hears it.
    public let to: NodeID

    /// The way from one machine to another.
    public init(from: NodeID, to: NodeID) {
        precondition(from != to, "a link from \(from) to itself")
        self.from = from
        self.to = to
    }

    /// The way back.
    public var reversed: Link { Link(from: to, to: from) }

    /// Both ends, in order.
    public var description: String { "\(from)→\(to)" }
}

/// What a link does to TCP connections that go over it, one way.
public struct LinkConditions: Hashable, Sendable {
    /// How long a byte is on its way: half of the round-trip time where both ways are alike.
    public var delay: Span
    /// By how much at most a piece comes sooner or later than `delay`, each as likely as any other; at
    /// most `delay`. Pieces of one connection keep their order, and wait for those before them.
    public var jitter: Span
    /// The share of segments that are lost, each by itself, from 0 to below 1. As TCP repeats what is
    /// lost, it comes later, and so does all behind it on the same connection.
    public var loss: Double
    /// Bytes a second that it takes, for all connections together; nil for no limit.
    public var rate: Int?
    /// How many bytes of a connection may be under way: when there are as many, what it sends is left
    /// with the kernel, whose window closes the sender's mouth.
    public var window: Int

    /// Conditions of a link that does nothing, changed where said.
    public init(
        delay: Span = .zero, jitter: Span = .zero, loss: Double = 0, rate: Int? = nil,
        window: Int = 4 << 20
    ) {
        self.delay = delay
        self.jitter = jitter
        self.loss = loss
        self.rate = rate
        self.window = window
    }

    /// The smallest window: a piece that is received at once has to fit.
    static let leastWindow = 1 << 16

    /// Traps where the values make no sense.
    func check() {
        precondition(delay >= .zero, "a delay of \(delay)")
        precondition(
            jitter >= .zero && jitter <= delay, "a jitter of \(jitter) around \(delay)")
        precondition(loss >= 0 && loss < 1, "a share of \(loss) lost")
        precondition(rate.map { $0 > 0 } ?? true, "\(rate ?? 0) bytes a second")
        precondition(window >= Self.leastWindow, "a window of \(window) bytes")
    }
}
