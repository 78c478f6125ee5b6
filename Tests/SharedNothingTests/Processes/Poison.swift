import SharedNothing

/// A message whose decoder traps at one value, as a mistake in somebody's own may; the program of the
/// workers has one like it.
struct Poison: WireMessage, Equatable {
    let value: UInt64

    init(_ value: UInt64) { self.value = value }

    var wireByteCount: Int { 8 }

    func encode(into output: inout OutputRawSpan) { output.append(littleEndian: value) }

    init(decoding bytes: RawSpan) throws(WireError) {
        value = try bytes.integer(at: 0)
        precondition(value != 13, "told to trap")
    }
}
