import Measurement

/// The rings that run side by side in the channel benchmarks.
struct ChannelContenders {
    /// A contender: its name in figures and its pair of rings.
    struct Contender {
        let name: String
        let pair: any RingPair
    }

    /// The engine's own ring.
    static let own = "nilometer"

    /// Names that the `contenders` parameter accepts: ours, every peer of this build.
    static let names: [String] = [own] + PeerRing.all.map(\.name)

    /// Settings of the peers that came out behind another setting of the same library in the runs
    /// seen so far; they run when they are named.
    private static let omitted = [
        "Optimist-spread", "AtomicQueue", "Boost-fixed", "Boost-fixed-pause", "ReaderWriter",
        "Concurrent",
    ]

    /// The contenders that `context` asks for.
    let contenders: [Contender]

    /// Makes the pairs; a peer that does not exist in the capacity or has no batches is left out
    /// with a note.
    init(in context: ForkContext, batches: Bool, into recorder: inout Recorder) {
        let capacity = context.integer("capacity")
        var contenders: [Contender] = []
        for name in context.words("contenders") {
            if name == Self.own {
                contenders.append(
                    Contender(
                        name: name,
                        pair: OwnRings.pair(capacity: capacity, wait: context.text("wait"))))
                continue
            }
            guard let peer = PeerRing.all.first(where: { $0.name == name }) else {
                preconditionFailure("contender '\(name)' was accepted but does not exist")
            }
            if batches, !peer.hasBatches {
                recorder.note("\(name): left out, it has no batch operations")
                continue
            }
            guard let pair = PeerRingPair(index: peer.index, capacity: capacity) else {
                recorder.note("\(name): left out, it does not exist with capacity \(capacity)")
                continue
            }
            let version = DebianPackages.version(of: peer.package) ?? "version not known to dpkg"
            recorder.note(
                "\(name): \(peer.library) \(version); \(peer.options); capacity \(peer.capacity)")
            contenders.append(Contender(name: name, pair: pair))
        }
        self.contenders = contenders
    }

    /// The parameters that all channel benchmarks share.
    static let parameters: [ParameterSpecification] = [
        ParameterSpecification(
            "capacity", "elements that a ring holds", .integer(2...65_536), default: "1024",
            profileField: "ring-capacity"),
        ParameterSpecification(
            "wait", "what the engine's ring does when it must wait",
            .choice(OwnRings.waitStrategies), default: "busy-spin",
            profileField: "wait-strategy"),
        ParameterSpecification(
            "contenders", "rings that run side by side", .subset(of: names),
            default: names.filter { !omitted.contains($0) }.joined(separator: ",")),
    ]
}
