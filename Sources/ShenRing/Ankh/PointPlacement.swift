import StateMachines

/// Where a member's points go: the hash of the ring's points, apart so that a test can force
/// collisions.
package struct PointPlacement: Sendable {
    /// The position of a member's point: from the bytes of its name and, in the last 4 bytes, the
    /// point's number in little-endian order.
    let position: @Sendable (_ encoded: Swift.Span<UInt8>) -> UInt64
    /// What rings of this placement do wrong.
    package var planted = Planted<AnkhMistake>()

    /// A placement by `position`.
    package init(position: @escaping @Sendable (_ encoded: Swift.Span<UInt8>) -> UInt64) {
        self.position = position
    }

    /// XXH3-64 with seed 0.
    package static let xxh3 = PointPlacement { encoded in
        // Sound: the bytes of bytes; there is no padding that could be uninitialised.
        KeyHash.position(of: unsafe encoded.bytes)
    }

    /// Whether a mistake was planted; never where none can be.
    func has(_ mistake: AnkhMistake) -> Bool {
        planted.has(mistake)
    }

    /// Appends the points of `member`, whose number is `index`.
    func append(
        _ member: RingMember, at index: Int, virtualNodes: Int, to points: inout [RingPoint]
    ) {
        let count = (has(.weightIgnored) ? 1 : member.weight) * virtualNodes
        var encoded = member.name.bytes
        let suffix = encoded.count
        encoded.append(contentsOf: [0, 0, 0, 0])
        for replica in 0..<UInt32(count) {
            for byte in 0..<4 {
                encoded[suffix + byte] = UInt8(truncatingIfNeeded: replica >> (8 * UInt32(byte)))
            }
            points.append(RingPoint(position: position(encoded.span), owner: UInt32(index)))
        }
    }
}
