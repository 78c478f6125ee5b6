import CPeerRings

/// A pair of C++ rings behind the C interface of `CPeerRings`.
///
/// @unchecked Sendable: the initiating and the responding thread use the two ends that the C
/// interface keeps apart; the pair is created before both start and destroyed after both ended.
@safe final class PeerRingPair: RingPair, @unchecked Sendable {
    private let pair: OpaquePointer

    /// Pair number `index` of those that this build found; `nil` where it does not exist in this
    /// capacity.
    init?(index: Int, capacity: Int) {
        // SAFETY: the interface returns null rather than something half-made.
        guard let made = unsafe peer_ring_pair_create(index, UInt64(capacity)) else { return nil }
        unsafe pair = made
    }

    // SAFETY, here and below: `pair` is valid from `init` to `deinit`.
    deinit { unsafe peer_ring_pair_destroy(pair) }

    func uncontended(_ count: Int) -> UInt64 {
        unsafe peer_ring_uncontended(pair, UInt64(count))
    }

    func initiate(_ count: Int) -> UInt64 { unsafe peer_ring_initiate(pair, UInt64(count)) }

    func initiateStamped(_ count: Int, stamps: inout [UInt64]) -> UInt64 {
        precondition(stamps.count >= count, "\(count) stamps do not fit into \(stamps.count)")
        return unsafe stamps.withUnsafeMutableBufferPointer { buffer in
            unsafe peer_ring_initiate_stamped(pair, UInt64(count), buffer.baseAddress)
        }
    }

    func respond(_ count: Int) -> UInt64 { unsafe peer_ring_respond(pair, UInt64(count)) }

    func produce(_ count: Int, inBatches: Bool) {
        if inBatches {
            unsafe peer_ring_produce_batches(pair, UInt64(count))
        } else {
            unsafe peer_ring_produce(pair, UInt64(count))
        }
    }

    func consume(_ count: Int, inBatches: Bool) -> UInt64 {
        unsafe inBatches
            ? peer_ring_consume_batches(pair, UInt64(count))
            : peer_ring_consume(pair, UInt64(count))
    }
}

/// A C++ ring that this build found, with what a result must say of it.
struct PeerRing: Sendable {
    let index: Int
    let name: String
    let library: String
    let options: String
    let capacity: String
    let hasBatches: Bool

    /// The Debian package that carries it.
    var package: String { String(library.prefix { $0 != "," }) }

    /// Every ring that this build found, in the order of the interface.
    static let all: [PeerRing] = (0..<peer_ring_count()).compactMap { index in
        // SAFETY: descriptions live for ever; their strings are copied here.
        guard let found = unsafe peer_ring_describe(index)?.pointee else { return nil }
        return unsafe PeerRing(
            index: index, name: String(cString: found.name),
            library: String(cString: found.library), options: String(cString: found.options),
            capacity: String(cString: found.capacity), hasBatches: found.has_batches)
    }
}
