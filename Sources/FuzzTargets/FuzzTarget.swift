/// What reads bytes that somebody else wrote: a peer that may be hostile, a disk that may be damaged.
///
/// A fuzzer calls a target with any bytes whatever. What the reader makes of them is its business, but it has
/// to come to an end, may not trap, and may not contradict itself: what each target holds it to says its
/// type. A contradiction ends the process, as a trap does, and the fuzzer keeps the input.
///
/// Checksums keep a fuzzer from what is behind them. Where everything is compiled with `FUZZING` they
/// have four bits that tell, so that one mutation of sixteen gets by.
package enum FuzzTarget: String, CaseIterable, Sendable {
    case frames, requests, responses, messages
    case counter, pairs, blocks, objects, log, journal, snapshot

    private var reader: any FuzzedReader.Type {
        switch self {
        case .frames: FuzzedFrames.self
        case .requests: FuzzedRequests.self
        case .responses: FuzzedResponses.self
        case .messages: FuzzedMessages.self
        case .counter: FuzzedCounter.self
        case .pairs: FuzzedPairs.self
        case .blocks: FuzzedBlocks.self
        case .objects: FuzzedObjects.self
        case .log: FuzzedLog.self
        case .journal: FuzzedJournal.self
        case .snapshot: FuzzedSnapshot.self
        }
    }

    /// Has the target's reader read the input. Ends the process where it contradicts itself.
    package func read(_ input: [UInt8]) { reader.read(input) }

    /// Inputs that are as they should be, made by those who write what the reader reads: what a fuzzer
    /// begins with. Each is taken.
    package func seeds() throws -> [[UInt8]] { try reader.seeds() }

    /// Whether the reader takes the input as a whole.
    package func takes(_ input: [UInt8]) -> Bool { reader.takes(input) }
}

/// Ends the process where a reader contradicts itself, and says how: in a release build as well.
func hold(_ condition: Bool, _ contradiction: @autoclosure () -> String) {
    if !condition { fatalError(contradiction()) }
}

/// A reader as a fuzzer calls it.
protocol FuzzedReader {
    /// Reads the input, and ends the process where the reader contradicts itself.
    static func read(_ input: [UInt8])
    /// Inputs that are as they should be.
    static func seeds() throws -> [[UInt8]]
    /// Whether the input is as it should be.
    static func takes(_ input: [UInt8]) -> Bool
}
