import Channels
import Counters

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
        case .spsc:
            return try visitor.visit { capacity, threads in
                var kept: [AnyObject] = []
                return maker(capacity, threads)
                    .spsc(wait, of: UInt64.self, keepingCountersIn: &kept)
            }
        case .mpsc: return try visitor.visit { maker($0, $1).mpsc(wait, of: UInt64.self) }
        case .mpmc: return try visitor.visit { maker($0, $1).mpmc(wait, of: UInt64.self) }
        case .unboundedMPSC:
            return try visitor.visit { maker($0, $1).unboundedMPSC(wait, of: UInt64.self) }
        case .unboundedMPMC:
            return try visitor.visit { maker($0, $1).unboundedMPMC(wait, of: UInt64.self) }
        }
    }
}

/// Makes pairs of the engine's channels for a wait strategy.
private struct PairMaker: WaitVisitor {
    let ring: OwnRing
    let capacity: Int
    let use: RingUse

    func make<Wait: WaitStrategy>(_ wait: Wait.Type) -> any RingPair {
        switch use.payload {
        case 8: pair(wait)
        case 64: stream(wait, of: Message64.self)
        case 256: stream(wait, of: Message256.self)
        case 4096: stream(wait, of: Message4096.self)
        default: preconditionFailure("there are no loops for messages of \(use.payload) bytes")
        }
    }

    private func pair<Wait: WaitStrategy>(_ wait: Wait.Type) -> any RingPair {
        switch ring {
        case .spsc:
            var kept: [AnyObject] = []
            let there = spsc(wait, of: UInt64.self, keepingCountersIn: &kept)
            let back = spsc(wait, of: UInt64.self, keepingCountersIn: &kept)
            return LoopPair.make(there, back, batch: use.batch, keeping: kept)
        case .mpsc:
            return LoopPair.make(
                mpsc(wait, of: UInt64.self), mpsc(wait, of: UInt64.self), batch: use.batch)
        case .mpmc:
            return LoopPair.make(
                mpmc(wait, of: UInt64.self), mpmc(wait, of: UInt64.self), batch: use.batch)
        case .unboundedMPSC:
            return LoopPair.make(
                unboundedMPSC(wait, of: UInt64.self), unboundedMPSC(wait, of: UInt64.self),
                batch: use.batch)
        case .unboundedMPMC:
            return LoopPair.make(
                unboundedMPMC(wait, of: UInt64.self), unboundedMPMC(wait, of: UInt64.self),
                batch: use.batch)
        }
    }

    private func stream<Wait: WaitStrategy, Message: RingMessage>(
        _ wait: Wait.Type, of message: Message.Type
    ) -> any RingPair {
        switch ring {
        case .spsc:
            var kept: [AnyObject] = []
            return LoopPair.streaming(spsc(wait, of: message, keepingCountersIn: &kept))
        case .mpsc: return LoopPair.streaming(mpsc(wait, of: message))
        case .mpmc: return LoopPair.streaming(mpmc(wait, of: message))
        case .unboundedMPSC: return LoopPair.streaming(unboundedMPSC(wait, of: message))
        case .unboundedMPMC: return LoopPair.streaming(unboundedMPMC(wait, of: message))
        }
    }

    func spsc<Wait: WaitStrategy, Message: RingMessage>(
        _ wait: Wait.Type, of message: Message.Type, keepingCountersIn kept: inout [AnyObject]
    ) -> RingEnds<SPSCChannel<Message, Wait>.Producer, SPSCChannel<Message, Wait>.Consumer> {
        let channel = SPSCChannel<Message, Wait>(capacity: capacity)
        // Its statistics, for who reads PAPI.
        kept += EngineCounter.publish(channel.producer.monitor())
        return RingEnds(
            senders: [HeldEnd(channel.producer)], receivers: [HeldEnd(channel.consumer)])
    }

    func mpsc<Wait: WaitStrategy, Message: RingMessage>(
        _ wait: Wait.Type, of message: Message.Type
    ) -> RingEnds<MPSCChannel<Message, Wait>.Producer, MPSCChannel<Message, Wait>.Consumer> {
        let channel = MPSCChannel<Message, Wait>(capacity: capacity)
        var senders: [HeldEnd<MPSCChannel<Message, Wait>.Producer>] = []
        for _ in 0..<use.producers { senders.append(HeldEnd(channel.producer.clone())) }
        return RingEnds(senders: senders, receivers: [HeldEnd(channel.consumer)])
    }

    func mpmc<Wait: WaitStrategy, Message: RingMessage>(
        _ wait: Wait.Type, of message: Message.Type
    ) -> RingEnds<MPMCChannel<Message, Wait>.Producer, MPMCChannel<Message, Wait>.Consumer> {
        let channel = MPMCChannel<Message, Wait>(capacity: capacity)
        var senders: [HeldEnd<MPMCChannel<Message, Wait>.Producer>] = []
        for _ in 0..<use.producers { senders.append(HeldEnd(channel.producer.clone())) }
        var receivers: [HeldEnd<MPMCChannel<Message, Wait>.Consumer>] = []
        for _ in 0..<use.consumers { receivers.append(HeldEnd(channel.consumer.clone())) }
        return RingEnds(senders: senders, receivers: receivers)
    }

    func unboundedMPSC<Wait: WaitStrategy, Message: RingMessage>(
        _ wait: Wait.Type, of message: Message.Type
    ) -> RingEnds<
        UnboundedMPSCChannel<Message, Wait>.Producer, UnboundedMPSCChannel<Message, Wait>.Consumer
    > {
        let channel = UnboundedMPSCChannel<Message, Wait>()
        var senders: [HeldEnd<UnboundedMPSCChannel<Message, Wait>.Producer>] = []
        for _ in 0..<use.producers { senders.append(HeldEnd(channel.producer.clone())) }
        return RingEnds(senders: senders, receivers: [HeldEnd(channel.consumer)])
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
        return RingEnds(senders: senders, receivers: receivers)
    }
}
