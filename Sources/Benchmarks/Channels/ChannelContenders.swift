import Measurement

/// The channels that run side by side in the benchmarks of a kind of channel.
struct ChannelContenders {
    /// A contender: its name in figures and its pair of rings.
    struct Contender {
        let name: String
        let pair: any RingPair
        /// Whether each producer's messages reach each consumer in order, however many there are. The
        /// engine promises it.
        var keepsOrder = true
    }

    /// The contenders that `context` asks for, those that there are.
    private(set) var contenders: [Contender] = []

    /// Makes the pairs; a peer that does not exist in this use is left out with a note, and so is one
    /// whose library is not there, with the reason.
    init(
        of kind: ChannelKind, in context: ForkContext, for use: RingUse = RingUse(),
        into recorder: inout Recorder
    ) {
        let capacity = context.integer("capacity")
        for name in context.words("contenders") {
            if let own = OwnRing(name, of: kind) {
                let pair = own.pair(capacity: capacity, wait: context.text("wait"), use: use)
                contenders.append(Contender(name: name, pair: pair))
            } else {
                switch Self.peer(name, of: kind) {
                case .success(let (ring, library)):
                    add(ring, of: library, kind, capacity, use, into: &recorder)
                case .failure(let absence):
                    recorder.note("\(name): unavailable, \(absence)")
                }
            }
        }
    }

    private mutating func add(
        _ ring: PeerRing, of library: PeerRingLibrary, _ kind: ChannelKind, _ capacity: Int,
        _ use: RingUse, into recorder: inout Recorder
    ) {
        if use.inBatches, !ring.hasBatches {
            recorder.note("\(ring.name): left out, it has no batch operations")
            return
        }
        let made = PeerRingPair(ring, of: library, kind: kind, capacity: capacity, use: use)
        guard let pair = made else {
            recorder.note(
                "\(ring.name): left out, it does not exist with capacity \(capacity) for "
                    + "messages of \(use.payload) bytes")
            return
        }
        recorder.note(
            "\(ring.name): \(Self.version(of: ring, in: library)); \(ring.options); capacity "
                + ring.capacity)
        recorder.note("compiled: \(library.build)")
        contenders.append(
            Contender(name: ring.name, pair: pair, keepsOrder: ring.keepsOrder))
    }

    /// What a ring was made from. A library that was built by itself says which version; what this build
    /// took from headers, dpkg knows.
    private static func version(of ring: PeerRing, in library: PeerRingLibrary) -> String {
        guard library === PeerRingLibrary.cxx else { return ring.library }
        let version = DebianPackages.version(of: ring.package) ?? "version not known to dpkg"
        return "\(ring.library) \(version)"
    }

    private static func peer(
        _ name: String, of kind: ChannelKind
    ) -> Result<(ring: PeerRing, library: PeerRingLibrary), RustRings.Absence> {
        if RustRings.names.contains(name) { return RustRings.ring(name) }
        guard let ring = cxx(of: kind).first(where: { $0.name == name }) else {
            preconditionFailure("contender '\(name)' was accepted but does not exist")
        }
        return .success((ring, .cxx))
    }

    private static func cxx(of kind: ChannelKind) -> [PeerRing] {
        PeerRingLibrary.cxx.rings.filter { $0.isPeer(of: kind) }
    }

    /// Names that the `contenders` parameter accepts: ours, the peers in C++ of this build, and those
    /// in Rust that may be found at run time.
    static func names(of kind: ChannelKind) -> [String] {
        OwnRing.names(of: kind) + cxx(of: kind).map(\.name) + (kind == .spsc ? [] : RustRings.names)
    }

    /// Settings of the peers that came out behind another setting of the same library in the runs
    /// seen so far; they run when they are named.
    private static func omitted(of kind: ChannelKind) -> [String] {
        switch kind {
        case .spsc:
            [
                "Optimist-spread", "AtomicQueue", "Boost-fixed", "Boost-fixed-pause",
                "ReaderWriter", "Concurrent", "ConcurrencyKit",
            ]
        case .mpsc, .mpmc:
            [
                "Optimist-spread-exchange", "AtomicQueue-exchange", "Optimist2", "Boost-queue",
                "Concurrent",
            ]
        }
    }

    /// Bytes of a message: of the benchmarks that send messages of any size.
    static let payload = ParameterSpecification(
        "payload", "bytes of a message", .choice(RingUse.payloads.map { "\($0)" }), default: "8")

    /// The parameters that the benchmarks of a kind of channel share.
    static func parameters(of kind: ChannelKind) -> [ParameterSpecification] {
        let names = names(of: kind)
        let omitted = omitted(of: kind)
        return [
            ParameterSpecification(
                "capacity", "elements that a bounded channel holds", .integer(2...65_536),
                default: "1024", profileField: "ring-capacity"),
            ParameterSpecification(
                "wait", "what the engine's channel does when it must wait",
                .choice(WaitChoice.names), default: "busy-spin", profileField: "wait-strategy"),
            ParameterSpecification(
                "contenders", "channels that run side by side", .subset(of: names),
                default: names.filter { !omitted.contains($0) }.joined(separator: ",")),
        ]
    }
}
