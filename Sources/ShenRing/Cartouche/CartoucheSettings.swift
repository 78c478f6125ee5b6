public import StateMachines

extension Cartouche {
    /// How a ring is run. All its nodes have to have the same, but for `contacts`.
    public struct Settings: Hashable, Sendable {
        /// Where the token goes.
        public enum Order: Hashable, Sendable {
            /// To the next member that is known to want it.
            case skipsIdle
            /// To every member in turn, as the published design has it.
            case visitsAll
        }

        /// What becomes of a token that nobody wants.
        public enum Idle: Hashable, Sendable {
            /// It stays where it is, and nothing is sent until somebody wants it. `keepsLease` has the
            /// holder renew its lease meanwhile, so that the next grant need not wait for that.
            case rests(keepsLease: Bool)
            /// It goes on after this span at each member, as the published design has it.
            case circulates(Span)
        }

        /// Who may make a new token.
        public enum Regeneration: Hashable, Sendable {
            /// Who has the votes of a majority, once the leases of the token before are over.
            case majority
            /// Whoever misses the old one, without asking: to show what that loses. Then there are no
            /// leases, and rights end by `hold` alone.
            case alone
        }

        /// The ring's name.
        public var ring: UInt64 = 0
        /// Where the token goes.
        public var order = Order.skipsIdle
        /// What becomes of it when nobody wants it.
        public var idle = Idle.rests(keepsLease: false)
        /// Who may make a new one.
        public var regeneration = Regeneration.majority
        /// The longest that one grant lasts.
        public var hold = Span.milliseconds(100)
        /// The shortest grant worth making: with less left of the lease, it is renewed first.
        public var leastHold = Span.milliseconds(20)
        /// How long members keep off higher epochs for the sake of a holder, by their own clocks.
        public var lease = Span.milliseconds(600)
        /// The most that a clock runs fast or slow, as a share. Leases, and no two rights at once, hold as
        /// far as it does; fencing numbers hold in any case.
        public var drift = 1e-3
        /// After how long a message that was not answered is sent again. Doubled each time, up to
        /// `patience`.
        public var resend = Span.milliseconds(10)
        /// After how long a node that wants the token asks again, and asks whether it is lost. With many
        /// contenders it should exceed a busy lap, else they all ask in vain.
        public var patience = Span.milliseconds(200)
        /// Whom a node that is on no ring asks to let it in.
        public var contacts: [NodeID] = []
        /// The mistake to make on purpose.
        package var planted = Planted<CartoucheMistake>()

        /// The published figures where there are any (a lost token is replaced within a second), changed
        /// where said.
        public init() {}

        /// What is left of a lease by the holder's clock where the voters count it by theirs: theirs may
        /// run fast and its own slow.
        public var safeLease: Span { shortened(lease) }

        /// Whether the token moves on when nobody wants it.
        var circulates: Bool {
            if case .circulates = idle { true } else { false }
        }

        /// A span of another's clock, as the least that it may be by the own one.
        func shortened(_ span: Span) -> Span {
            span.scaled(by: (1 - drift) / (1 + drift))
        }

        /// Finds spans that are not positive, a drift outside 0 ..< 0.5, and rights that do not fit.
        public func validate() throws(CartoucheError) {
            let spans = [
                ("hold", hold), ("leastHold", leastHold), ("lease", lease), ("resend", resend),
                ("patience", patience),
            ]
            for (name, span) in spans where span <= .zero { throw .notPositive(name, span) }
            if case .circulates(let span) = idle, span < .zero { throw .notPositive("idle", span) }
            guard drift >= 0, drift < 0.5 else { throw .invalidDrift(drift) }
            guard leastHold <= hold else { throw .leastHoldAboveHold(leastHold, hold) }
            guard hold * 2 <= safeLease || regeneration == .alone else {
                throw .holdBeyondLease(hold, safeLease)
            }
        }

        /// Whether a mistake is to be made.
        func has(_ mistake: CartoucheMistake) -> Bool {
            planted.has(mistake)
        }
    }
}
