/// Fingerprints of a part of a table, cut into pieces of the same size.
///
/// Who gets one answers with finer digests of the pieces that differ, or with what is in them where
/// they are small: a walk down a tree of hashes (Demers et al., "Epidemic algorithms for replicated
/// database maintenance", PODC 1987, section 1.3, compares checksums; Merkle's tree bounds the
/// messages). Nothing is kept between two steps, so that a lost message costs nothing but itself.
public struct TableDigest: Hashable, Sendable {
    /// The first place of the part.
    public let low: UInt32
    /// The first place behind the part.
    public let high: UInt32
    /// Whether the part is all of the sender's table: one who has more answers with all of its own.
    public let isWhole: Bool
    /// A fingerprint of each piece, 1 to 16 of them.
    public let fingerprints: [UInt64]

    /// A digest as it came.
    public init(low: UInt32, high: UInt32, isWhole: Bool, fingerprints: [UInt64]) {
        self.low = low
        self.high = high
        self.isWhole = isWhole
        self.fingerprints = fingerprints
    }

    /// A piece of as many places is sent as it is.
    static let leaf = 16
    /// The most pieces.
    static let mostPieces = 16

    /// The digest of the places of a range of a table: its length is a power of two and at least `leaf`.
    init(of range: Range<Int>, isWhole: Bool = false, in table: MembershipTable) {
        self.isWhole = isWhole
        let pieces = min(TableDigest.mostPieces, max(1, range.count / TableDigest.leaf))
        let width = range.count / pieces
        low = UInt32(range.lowerBound)
        high = UInt32(range.upperBound)
        fingerprints = (0..<pieces).map { piece in
            let start = range.lowerBound + piece * width
            return table.fingerprint(of: start..<start + width)
        }
    }

    /// The digest of a whole table.
    init(of table: MembershipTable) {
        self.init(of: TableDigest.span(of: table), isWhole: true, in: table)
    }

    /// The range that covers a whole table: a power of two.
    static func span(of table: MembershipTable) -> Range<Int> {
        var span = leaf
        while span < table.places { span *= 2 }
        return 0..<span
    }

    /// The places that it covers; nil where no table of up to `capacity` places has such a digest.
    func range(capacity: Int) -> Range<Int>? {
        guard low < high else { return nil }
        let width = Int(high - low)
        let pieces = min(TableDigest.mostPieces, max(1, width / TableDigest.leaf))
        guard width.nonzeroBitCount == 1, width >= TableDigest.leaf,
            width == TableDigest.leaf || width / 2 < capacity, Int(low).isMultiple(of: width),
            Int(low) < capacity, fingerprints.count == pieces
        else { return nil }
        return Int(low)..<Int(high)
    }

    /// The pieces whose fingerprints are other than the table's.
    func differing(from table: MembershipTable) -> [Range<Int>] {
        let width = Int(high - low) / fingerprints.count
        return fingerprints.indices.compactMap { piece in
            let start = Int(low) + piece * width
            let range = start..<start + width
            return table.fingerprint(of: range) == fingerprints[piece] ? nil : range
        }
    }
}
