import Channels

/// The engine's channels in the loops of the benchmarks.
enum OwnRing: String, CaseIterable, Sendable {
    case spsc, mpsc, mpmc
    case unboundedMPSC = "mpsc-unbounded"
    case unboundedMPMC = "mpmc-unbounded"

    /// The kind of channel that it is.
    var kind: ChannelKind {
        switch self {
        case .spsc: .spsc
        case .mpsc, .unboundedMPSC: .mpsc
        case .mpmc, .unboundedMPMC: .mpmc
        }
    }

    /// The contender's name among those of its kind.
    var name: String {
        switch self {
        case .spsc, .mpsc, .mpmc: OwnRing.bounded
        case .unboundedMPSC, .unboundedMPMC: OwnRing.unbounded
        }
    }

    /// The name of the engine's bounded channel in figures: what the others are compared with.
    static let bounded = "nilometer"
    /// The name of the engine's unbounded channel in figures.
    static let unbounded = "nilometer-unbounded"

    /// The engine's channel called `name` among those of `kind`; `nil` where that is no name of one.
    init?(_ name: String, of kind: ChannelKind) {
        guard let found = OwnRing.allCases.first(where: { $0.kind == kind && $0.name == name })
        else { return nil }
        self = found
    }

    /// The names of the engine's channels of `kind`.
    static func names(of kind: ChannelKind) -> [String] {
        allCases.filter { $0.kind == kind }.map(\.name)
    }

    /// A pair of channels of `capacity`, where that bounds them, which wait as `wait` says.
    func pair(capacity: Int, wait: String, use: RingUse = RingUse()) -> any RingPair {
        WaitChoice.make(wait, by: PairMaker(ring: self, capacity: capacity, use: use))
    }
}

extension OwnRing {
    /// What `visitor` does with channels of this kind, whose ends wait as `wait` says.
    func visit<Visitor: EndsVisitor, Wait: WaitStrategy>(
        _ visitor: Visitor, _ wait: Wait.Type
    ) throws -> Visitor.Made {
        func maker(_ capacity: Int, _ threads: Int) -> PairMaker {
            PairMaker(
                ring: self, capacity: capacity,
                use: RingUse(
                    producers: min(threads, kind.mostProducers),
                    consumers: min(threads, kind.mostConsumers)))
        }
        switch self {
        case .spsc: return try visitor.visit { maker($0, $1).spsc(wait, of: UInt64.self) }
        case .mpsc: return try visitor.visit { maker($0, $1).mpsc(wait, of: UInt64.self) }
        case .mpmc: return try visitor.visit { maker($0, $1).mpmc(wait, of: UInt64.self) }
        case .unboundedMPSC:
            return try visitor.visit { maker($0, $1).unboundedMPSC(wait, of: UInt64.self) }
        case .unboundedMPMC:
            return try visitor.visit { maker($0, $1).unboundedMPMC(wait, of: UInt64.self) }
        }
    }
}

/// Makes pairs of the engine's channels for a wait strategy, with their statistics published for who
/// reads PAPI.
private struct PairMaker: WaitVisitor {
    let ring: OwnRing
    let capacity: Int
    let use: RingUse

    func make<Wait: WaitStrategy>(_ wait: Wait.Type) -> any RingPair {
        switch use.payload {
        case 8: pair(wait, of: UInt64.self)
        case 64: pair(wait, of: Message64.self)
        case 256: pair(wait, of: Message256.self)
        case 4096: pair(wait, of: Message4096.self)
        default: preconditionFailure("there are no loops for messages of \(use.payload) bytes")
        }
    }

    private func pair<Wait: WaitStrategy, Message: RingMessage>(
        _ wait: Wait.Type, of message: Message.Type
    ) -> any RingPair {
        switch ring {
        case .spsc: LoopPair.make(batch: use.batch) { spsc(wait, of: message) }
        case .mpsc: LoopPair.make(batch: use.batch) { mpsc(wait, of: message) }
        case .mpmc: LoopPair.make(batch: use.batch) { mpmc(wait, of: message) }
        case .unboundedMPSC:
            LoopPair.make(batch: use.batch) { unboundedMPSC(wait, of: message) }
        case .unboundedMPMC:
            LoopPair.make(batch: use.batch) { unboundedMPMC(wait, of: message) }
        }
    }

    func spsc<Wait: WaitStrategy, Message: RingMessage>(
        _ wait: Wait.Type, of message: Message.Type
    ) -> RingEnds<SPSCChannel<Message, Wait>.Producer, SPSCChannel<Message, Wait>.Consumer> {
        let channel = SPSCChannel<Message, Wait>(capacity: capacity)
        let published = EngineCounter.publish(channel.producer.monitor(), of: .spsc)
        return RingEnds(
            senders: [HeldEnd(channel.producer)], receivers: [HeldEnd(channel.consumer)],
            published: published)
    }

    func mpsc<Wait: WaitStrategy, Message: RingMessage>(
        _ wait: Wait.Type, of message: Message.Type
    ) -> RingEnds<MPSCChannel<Message, Wait>.Producer, MPSCChannel<Message, Wait>.Consumer> {
        let channel = MPSCChannel<Message, Wait>(capacity: capacity)
        var senders: [HeldEnd<MPSCChannel<Message, Wait>.Producer>] = []
        for _ in 0..<use.producers { senders.append(HeldEnd(channel.producer.clone())) }
        let published = EngineCounter.publish(channel.producer.monitor(), of: .mpsc)
        return RingEnds(
            senders: senders, receivers: [HeldEnd(channel.consumer)], published: published)
    }

    func mpmc<Wait: WaitStrategy, Message: RingMessage>(
        _ wait: Wait.Type, of message: Message.Type
    ) -> RingEnds<MPMCChannel<Message, Wait>.Producer, MPMCChannel<Message, Wait>.Consumer> {
        let channel = MPMCChannel<Message, Wait>(capacity: capacity)
        var senders: [HeldEnd<MPMCChannel<Message, Wait>.Producer>] = []
        for _ in 0..<use.producers { senders.append(HeldEnd(channel.producer.clone())) }
        var receivers: [HeldEnd<MPMCChannel<Message, Wait>.Consumer>] = []
        for _ in 0..<use.consumers { receivers.append(HeldEnd(channel.consumer.clone())) }
        return RingEnds(
            senders: senders, receivers: receivers,
            published: EngineCounter.publish(channel.producer.monitor(), of: .mpmc))
    }

    func unboundedMPSC<Wait: WaitStrategy, Message: RingMessage>(
        _ wait: Wait.Type, of message: Message.Type
    ) -> RingEnds<
        UnboundedMPSCChannel<Message, Wait>.Producer, UnboundedMPSCChannel<Message, Wait>.Consumer
    > {
        let channel = UnboundedMPSCChannel<Message, Wait>()
        var senders: [HeldEnd<UnboundedMPSCChannel<Message, Wait>.Producer>] = []
        for _ in 0..<use.producers { senders.append(HeldEnd(channel.producer.clone())) }
        let published = EngineCounter.publish(channel.producer.monitor(), of: .mpsc)
        return RingEnds(
            senders: senders, receivers: [HeldEnd(channel.consumer)], published: published)
    }

    func unboundedMPMC<Wait: WaitStrategy, Message: RingMessage>(
        _ wait: Wait.Type, of message: Message.Type
    ) -> RingEnds<
        UnboundedMPMCChannel<Message, Wait>.Producer, UnboundedMPMCChannel<Message, Wait>.Consumer
    > {
        let channel = UnboundedMPMCChannel<Message, Wait>()
        var senders: [HeldEnd<UnboundedMPMCChannel<Message, Wait>.Producer>] = []
        for _ in 0..<use.producers { senders.append(HeldEnd(channel.producer.clone())) }
        var receivers: [HeldEnd<UnboundedMPMCChannel<Message, Wait>.Consumer>] = []
        for _ in 0..<use.consumers { receivers.append(HeldEnd(channel.consumer.clone())) }
        return RingEnds(
            senders: senders, receivers: receivers,
            published: EngineCounter.publish(channel.producer.monitor(), of: .mpmc))
    }
}
