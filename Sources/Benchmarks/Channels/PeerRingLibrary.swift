import CPeerRings

/// A library of rings behind the C interface of `CPeerRings`: the C++ ones of this build, or one that
/// was loaded at run time.
///
/// @unchecked Sendable: the functions are there as long as the process, and hold no state but that of
/// the pair they are given.
@safe final class PeerRingLibrary: @unchecked Sendable {
    fileprivate let functions: UnsafePointer<peer_ring_interface>

    /// The rings of the library, in its order.
    let rings: [PeerRing]
    /// How it was compiled.
    let build: String

    /// The rings that this build found the C++ headers of.
    // SAFETY: the interface lives for ever.
    static let cxx = unsafe PeerRingLibrary(peer_rings_of_cxx())

    /// The library behind `functions`, which live as long as the process.
    init(_ functions: UnsafePointer<peer_ring_interface>) {
        unsafe self.functions = functions
        // SAFETY: lives for ever; copied here.
        build = unsafe String(cString: functions.pointee.build)
        // SAFETY: descriptions live for ever; their strings are copied here.
        rings = unsafe (0..<functions.pointee.count()).compactMap { index in
            guard let found = unsafe functions.pointee.describe(index)?.pointee else { return nil }
            return unsafe PeerRing(
                index: index, name: String(cString: found.name),
                library: String(cString: found.library), options: String(cString: found.options),
                capacity: String(cString: found.capacity), hasBatches: found.has_batches,
                keepsOrder: found.keeps_order, kinds: found.kinds)
        }
    }
}

/// A ring of others, with what a result must say of it.
struct PeerRing: Sendable {
    let index: Int
    let name: String
    let library: String
    let options: String
    let capacity: String
    let hasBatches: Bool
    /// Whether each producer's messages reach each consumer in order, however many there are.
    let keepsOrder: Bool
    let kinds: UInt32

    /// The Debian package that carries it.
    var package: String { String(library.prefix { $0 != "," }) }

    /// Whether it stands beside the engine's channels of `kind`.
    func isPeer(of kind: ChannelKind) -> Bool { kinds & kind.bit != 0 }
}

/// A pair of rings of others behind the C interface of `CPeerRings`.
///
/// @unchecked Sendable: threads use the ends that the C interface keeps apart; the pair is created
/// before all of them start and destroyed after all have ended.
@safe final class PeerRingPair: RingPair, @unchecked Sendable {
    private let pair: OpaquePointer
    private let functions: UnsafePointer<peer_ring_interface>

    /// A pair of `ring` of `library`; `nil` where it does not exist in this shape.
    init?(
        _ ring: PeerRing, of library: PeerRingLibrary, kind: ChannelKind, capacity: Int,
        use: RingUse
    ) {
        var shape = peer_ring_shape(
            capacity: UInt64(capacity), payload: UInt32(use.payload), kind: kind.bit,
            producers: UInt32(use.producers), consumers: UInt32(use.consumers),
            batch: UInt32(use.batch))
        // SAFETY: the interface reads the shape during the call, and returns null rather than
        // something half-made.
        guard let made = unsafe library.functions.pointee.create(ring.index, &shape) else {
            return nil
        }
        unsafe pair = made
        unsafe functions = library.functions
    }

    // SAFETY, here and below: `pair` is valid from `init` to `deinit`, the functions for ever.
    deinit { unsafe functions.pointee.destroy(pair) }

    func uncontended(_ count: Int) -> UInt64 {
        unsafe functions.pointee.uncontended(pair, UInt64(count))
    }

    func initiate(_ count: Int) -> UInt64 {
        unsafe functions.pointee.initiate(pair, UInt64(count))
    }

    func initiateStamped(_ count: Int, stamps: inout [UInt64]) -> UInt64 {
        precondition(stamps.count >= count, "\(count) stamps do not fit into \(stamps.count)")
        return unsafe stamps.withUnsafeMutableBufferPointer { buffer in
            unsafe functions.pointee.initiate_stamped(pair, UInt64(count), buffer.baseAddress)
        }
    }

    func respond(_ count: Int) -> UInt64 {
        unsafe functions.pointee.respond(pair, UInt64(count))
    }

    func produce(_ count: Int, inBatches: Bool) {
        if inBatches {
            unsafe functions.pointee.produce_batches(pair, UInt64(count))
        } else {
            unsafe functions.pointee.produce(pair, UInt64(count))
        }
    }

    func consume(_ count: Int, inBatches: Bool) -> UInt64 {
        unsafe inBatches
            ? functions.pointee.consume_batches(pair, UInt64(count))
            : functions.pointee.consume(pair, UInt64(count))
    }

    func produceShare(_ count: Int, as member: Int) {
        unsafe functions.pointee.produce_share(pair, UInt32(member), UInt64(count))
    }

    func consumeShare(_ count: Int, as member: Int, sum: inout UInt64) -> UInt64 {
        unsafe functions.pointee.consume_share(pair, UInt32(member), UInt64(count), &sum)
    }
}
