import SharedNothing

/// A sum, with the number of its parts.
struct SavedSum: StateSnapshot {
    static var snapshotVersion: UInt32 { 1 }

    var sum: UInt64 = 0
    var parts: UInt64 = 0

    init() {}

    init(snapshot bytes: RawSpan) throws(WireError) {
        guard bytes.byteCount == 16 else { throw .wrongLength(bytes.byteCount, expected: 16) }
        sum = try bytes.integer(at: 0)
        parts = try bytes.integer(at: 8)
    }

    func encodeSnapshot(into bytes: inout [UInt8]) {
        for value in [sum, parts] {
            for index in 0..<8 {
                bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index)))
            }
        }
    }
}

/// Adds up its messages and saves the sum after each; goes on where it was after a crash.
struct SnapshotWorker: ProcessWorker {
    struct State {
        var store: SnapshotStore
        let stream: MessageStream
        var sum: SavedSum
        var position: UInt64?
    }

    /// `argument` is the directory.
    func start(_ argument: String, _ stream: MessageStream) throws -> State {
        var store = SnapshotStore(directory: argument, name: "sum")
        var rejected: [SnapshotRejection] = []
        let restored = try store.restore(SavedSum.self, rejected: &rejected)
        // Only a kill comes between two saves here, and that damages no file.
        precondition(rejected.isEmpty, "\(rejected)")
        guard let restored else {
            return State(store: store, stream: stream, sum: SavedSum(), position: nil)
        }
        let (sum, position) = (restored.state, restored.position(in: stream))
        return State(store: store, stream: stream, sum: sum, position: position)
    }

    func handle(_ message: UInt64, _ ordinal: UInt64, _ state: inout State) throws -> UInt64 {
        // Delivered again, and in the sum already.
        if let position = state.position, ordinal <= position { return state.sum.parts }
        state.sum.sum += message
        state.sum.parts += 1
        state.position = ordinal
        _ = try state.store.save(state.sum, position: ordinal, in: state.stream)
        return state.sum.parts
    }
}
