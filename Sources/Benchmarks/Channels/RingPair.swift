/// Two rings of one kind between threads, whoever made them: `there` carries from the initiator (or
/// the producers) to the responder (or the consumers), `back` the answers.
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
    /// Sends `count` elements one by one as producer number `member`: none where that is 0. Values say
    /// who sent them (see `RingShare`).
    func produceShare(_ count: Int, as member: Int)
    /// Receives `count` elements one by one as consumer number `member`; how often those of one
    /// producer came in another order. Adds the values to `sum`, wrapping.
    func consumeShare(_ count: Int, as member: Int, sum: inout UInt64) -> UInt64
}
