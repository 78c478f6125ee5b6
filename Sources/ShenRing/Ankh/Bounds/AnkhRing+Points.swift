extension AnkhRing {
    /// The number of the first point at or after the position `hash`.
    func point(ofHash hash: UInt64) -> Int {
        let point = table.position(ofHash: hash)
        return point < table.pointCount ? point : 0
    }

    /// The number of the point after that one, clockwise.
    func point(after point: Int) -> Int { point + 1 < table.pointCount ? point + 1 : 0 }

    /// The number of the member whose point it is.
    func owner(ofPoint point: Int) -> UInt32 { table.withPoints { $0[point].owner } }
}
