/// A pair whose loops are closures: they are compiled for the ends of the channel (see `LoopBody`).
///
/// @unchecked Sendable: the closures hold the ends of both directions and nothing else.
final class LoopPair: RingPair, @unchecked Sendable {
    /// The loops of all benchmarks.
    struct Loops {
        let uncontended: (Int) -> UInt64
        let initiate: (Int) -> UInt64
        let initiateStamped: (Int, inout [UInt64]) -> UInt64
        let respond: (Int) -> UInt64
        let produceBatches: (Int) -> Void
        let consumeBatches: (Int) -> UInt64
        let produceShare: (Int, Int) -> Void
        let consumeShare: (Int, Int, inout UInt64) -> UInt64
    }

    /// The loops that there are for messages of every size.
    struct Stream {
        let produce: (Int) -> Void
        let consume: (Int) -> UInt64
    }

    private let loops: Loops?
    private let stream: Stream
    /// What lives as long as the pair: published statistics.
    private let kept: [AnyObject]

    private init(_ loops: Loops?, _ stream: Stream, keeping kept: [AnyObject]) {
        self.loops = loops
        self.stream = stream
        self.kept = kept
    }

    private var all: Loops {
        guard let loops else {
            preconditionFailure("large messages are only streamed, one by one, by one producer")
        }
        return loops
    }

    func uncontended(_ count: Int) -> UInt64 { all.uncontended(count) }
    func initiate(_ count: Int) -> UInt64 { all.initiate(count) }
    func initiateStamped(_ count: Int, stamps: inout [UInt64]) -> UInt64 {
        all.initiateStamped(count, &stamps)
    }
    func respond(_ count: Int) -> UInt64 { all.respond(count) }
    func produce(_ count: Int, inBatches: Bool) {
        if inBatches { all.produceBatches(count) } else { stream.produce(count) }
    }
    func consume(_ count: Int, inBatches: Bool) -> UInt64 {
        inBatches ? all.consumeBatches(count) : stream.consume(count)
    }
    func produceShare(_ count: Int, as member: Int) { all.produceShare(member, count) }
    func consumeShare(_ count: Int, as member: Int, sum: inout UInt64) -> UInt64 {
        all.consumeShare(member, count, &sum)
    }

    /// A pair with all loops.
    static func make<S: SendingEnd & ~Copyable, R: ReceivingEnd & ~Copyable>(
        _ there: RingEnds<S, R>, _ back: RingEnds<S, R>, batch: Int, keeping kept: [AnyObject] = []
    ) -> LoopPair where S.Message == R.Message {
        let (out, input) = (there.senders[0], there.receivers[0])
        let (answer, answered) = (back.senders[0], back.receivers[0])
        let loops = Loops(
            uncontended: { RingLoops.uncontended(out, input, $0) },
            initiate: { RingLoops.initiate(out, answered, $0) },
            initiateStamped: { RingLoops.initiate(out, answered, $0, stamps: &$1) },
            respond: { RingLoops.respond(input, answer, $0) },
            produceBatches: { RingLoops.produceBatches(out, of: batch, $0) },
            consumeBatches: { RingLoops.consumeBatches(input, of: batch, $0) },
            produceShare: { RingLoops.produceShare(there.senders[$0], $0, $1) },
            consumeShare: { RingLoops.consumeShare(there.receivers[$0], $1, sum: &$2) })
        return LoopPair(loops, stream(there), keeping: kept)
    }

    /// A pair for large messages, which has no way back.
    static func streaming<S: SendingEnd & ~Copyable, R: ReceivingEnd & ~Copyable>(
        _ there: RingEnds<S, R>
    ) -> LoopPair where S.Message == R.Message {
        LoopPair(nil, stream(there), keeping: [])
    }

    private static func stream<S: SendingEnd & ~Copyable, R: ReceivingEnd & ~Copyable>(
        _ there: RingEnds<S, R>
    ) -> Stream where S.Message == R.Message {
        let (out, input) = (there.senders[0], there.receivers[0])
        return Stream(
            produce: { RingLoops.produce(out, $0) }, consume: { RingLoops.consume(input, $0) })
    }
}
