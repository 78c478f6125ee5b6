import CPeerRings

/// A kind of channel: how many threads may send, and how many receive.
enum ChannelKind: String, CaseIterable, Sendable {
    /// One producer, one consumer.
    case spsc
    /// Several producers, one consumer.
    case mpsc
    /// Several producers, several consumers.
    case mpmc

    /// The most threads that the benchmarks let send.
    var mostProducers: Int { self == .spsc ? 1 : 8 }

    /// The most threads that the benchmarks let receive.
    var mostConsumers: Int { self == .mpmc ? 8 : 1 }

    /// The kind in the words of the peers' interface.
    var bit: UInt32 {
        switch self {
        case .spsc: PEER_RING_SPSC
        case .mpsc: PEER_RING_MPSC
        case .mpmc: PEER_RING_MPMC
        }
    }

    /// The kind in words.
    var words: String {
        switch self {
        case .spsc: "single-producer single-consumer"
        case .mpsc: "multi-producer single-consumer"
        case .mpmc: "multi-producer multi-consumer"
        }
    }
}

/// A kind of channel as a type, for benchmarks of which there is one a kind.
protocol KindOfChannel: Sendable {
    static var kind: ChannelKind { get }
}

enum OneToOne: KindOfChannel {
    static let kind = ChannelKind.spsc
}

enum ManyToOne: KindOfChannel {
    static let kind = ChannelKind.mpsc
}

enum ManyToMany: KindOfChannel {
    static let kind = ChannelKind.mpmc
}

/// What a pair of rings is used for, beside its capacity.
struct RingUse: Sendable {
    /// Bytes of a message.
    var payload = 8
    /// Threads that send.
    var producers = 1
    /// Threads that receive.
    var consumers = 1
    /// Messages that are handed over at once.
    var batch = 1

    /// Whether messages are handed over in batches.
    var inBatches: Bool { batch > 1 }

    /// The sizes that there are loops for.
    static let payloads = [8, 64, 256, 4096]
}
