import Randomness
import StateMachines

/// Two connections that a relay makes look like one.
struct Tunnel {
    /// One of its two ends.
    enum Side: UInt64 {
        /// Who called.
        case near = 0
        /// Who is called.
        case far = 1

        var other: Side { self == .near ? .far : .near }
    }

    /// What is at an end.
    enum Stage {
        /// Nothing yet: who is called has not been.
        case absent
        /// A connection that is being made.
        case opening(ConnectionID)
        case open(ConnectionID)
        case ended

        var connection: ConnectionID? {
            switch self {
            case .opening(let connection), .open(let connection): connection
            case .absent, .ended: nil
            }
        }

        var isEnded: Bool { if case .ended = self { true } else { false } }
    }

    /// An end, and what it has said that is on its way to the other one.
    struct End {
        var stage: Stage
        var line: DelayLine
        /// When the first piece of the line is looked at.
        var timer: (id: TimerID, moment: Moment)?
        /// Whether it is not read from, since as much is under way as may be.
        var isPaused = false
    }

    let route: Int
    /// Before then nothing leaves that the caller says: it is being connected.
    let connected: Moment
    private var near: End
    private var far: End

    init(
        route: Int, caller: ConnectionID, connected: Moment, seed: Seed
    ) {
        self.route = route
        self.connected = connected
        near = End(stage: .open(caller), line: DelayLine(seed: seed.derived(for: 0)))
        far = End(stage: .absent, line: DelayLine(seed: seed.derived(for: 1)))
    }

    subscript(side: Side) -> End {
        _read { if side == .near { yield near } else { yield far } }
        _modify { if side == .near { yield &near } else { yield &far } }
    }
}

/// An end of a tunnel, by the tunnel's number.
struct TunnelEnd: Hashable {
    let tunnel: UInt64
    let side: Tunnel.Side

    init(_ tunnel: UInt64, _ side: Tunnel.Side) {
        self.tunnel = tunnel
        self.side = side
    }

    /// The end that a timer's number names.
    init(timer: UInt64) { self.init(timer >> 1, timer & 1 == 0 ? .near : .far) }

    /// The number of its timer.
    var timer: UInt64 { tunnel << 1 | side.rawValue }

    var other: TunnelEnd { TunnelEnd(tunnel, side.other) }
}
