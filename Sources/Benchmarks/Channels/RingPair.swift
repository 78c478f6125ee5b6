/// Two rings of one kind between two threads, whoever made them: `there` carries from the
/// initiator (or the producer) to the responder (or the consumer), `back` the answers.
///
/// Each function sends or expects 1, 2, … `count` (1 at least); those that receive return 0 when
/// every value was the expected one, so order and content are checked. One thread calls
/// the initiating functions, another the responding ones; a pair is empty between matching calls.
protocol RingPair: AnyObject, Sendable {
    /// One thread sends and receives each element in turn.
    func uncontended(_ count: Int) -> UInt64
    /// Sends `count` elements and waits for the echo of each.
    func initiate(_ count: Int) -> UInt64
    /// As `initiate`, and writes the ticks of each round trip into `stamps`, which has room.
    func initiateStamped(_ count: Int, stamps: inout [UInt64]) -> UInt64
    /// Echoes `count` elements.
    func respond(_ count: Int) -> UInt64
    /// Sends `count` elements one by one, or in batches.
    func produce(_ count: Int, inBatches: Bool)
    /// Receives `count` elements one by one, or in batches.
    func consume(_ count: Int, inBatches: Bool) -> UInt64
}

/// A ring that delivered something else than what was sent.
struct RingDefect: Error, CustomStringConvertible {
    let contender: String

    var description: String {
        "\(contender) delivered something else than what was sent, or in another order; "
            + "its figures are not reported"
    }
}
