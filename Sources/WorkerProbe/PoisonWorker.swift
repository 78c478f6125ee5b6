import SharedNothing

/// A message whose decoder traps at one value, as a mistake in somebody's own may. The tests have one
/// like it.
struct Poison: WireMessage {
    let value: UInt64

    var wireByteCount: Int { 8 }

    func encode(into output: inout OutputRawSpan) { output.append(littleEndian: value) }

    init(decoding bytes: RawSpan) throws(WireError) {
        value = try bytes.integer(at: 0)
        precondition(value != 13, "told to trap")
    }
}

/// Answers with the value.
struct PoisonWorker: ProcessWorker {
    func start(_ argument: String, _ stream: MessageStream) throws -> UInt64 { 0 }

    func handle(
        _ message: Poison, _ ordinal: UInt64, _ state: inout UInt64
    ) throws -> UInt64 { message.value }
}
