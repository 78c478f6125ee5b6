/// A pair whose loops are closures: they are compiled for the ends of the channel (see `LoopBody`).
///
/// @unchecked Sendable: the closures hold the ends of both directions and nothing else.
final class LoopPair: RingPair, @unchecked Sendable {
    /// The loops that there are for messages of every size.
    private struct Loops {
        let uncontended: (Int) -> UInt64
        let initiate: (Int) -> UInt64
        let initiateStamped: (Int, inout [UInt64]) -> UInt64
        let respond: (Int) -> UInt64
        let produce: (Int) -> Void
        let consume: (Int) -> UInt64
    }

    /// The loops of batches and of several threads, which send words.
    private struct WordLoops {
        let produceBatches: (Int) -> Void
        let consumeBatches: (Int) -> UInt64
        let produceShare: (Int, Int) -> Void
        let consumeShare: (Int, Int, inout UInt64) -> UInt64
    }

    private let loops: Loops
    private let wordLoops: WordLoops?
    /// What lives as long as the pair: published statistics.
    private let kept: [AnyObject]

    private init(_ loops: Loops, _ wordLoops: WordLoops?, keeping kept: [AnyObject]) {
        self.loops = loops
        self.wordLoops = wordLoops
        self.kept = kept
    }

    private var ofWords: WordLoops {
        guard let wordLoops else {
            preconditionFailure("large messages are sent one by one, by one producer")
        }
        return wordLoops
    }

    func uncontended(_ count: Int) -> UInt64 { loops.uncontended(count) }
    func initiate(_ count: Int) -> UInt64 { loops.initiate(count) }
    func initiateStamped(_ count: Int, stamps: inout [UInt64]) -> UInt64 {
        loops.initiateStamped(count, &stamps)
    }
    func respond(_ count: Int) -> UInt64 { loops.respond(count) }
    func produce(_ count: Int, inBatches: Bool) {
        if inBatches { ofWords.produceBatches(count) } else { loops.produce(count) }
    }
    func consume(_ count: Int, inBatches: Bool) -> UInt64 {
        inBatches ? ofWords.consumeBatches(count) : loops.consume(count)
    }
    func produceShare(_ count: Int, as member: Int) { ofWords.produceShare(member, count) }
    func consumeShare(_ count: Int, as member: Int, sum: inout UInt64) -> UInt64 {
        ofWords.consumeShare(member, count, &sum)
    }

    /// A pair of two channels that `ring` makes.
    static func make<S: SendingEnd & ~Copyable, R: ReceivingEnd & ~Copyable>(
        batch: Int, _ ring: () -> RingEnds<S, R>
    ) -> LoopPair where S.Message == R.Message {
        let there = ring()
        let back = ring()
        let (out, input) = (there.senders[0], there.receivers[0])
        let (answer, answered) = (back.senders[0], back.receivers[0])
        let loops = Loops(
            uncontended: { RingLoops.uncontended(out, input, $0) },
            initiate: { RingLoops.initiate(out, answered, $0) },
            initiateStamped: { RingLoops.initiate(out, answered, $0, stamps: &$1) },
            respond: { RingLoops.respond(input, answer, $0) },
            produce: { RingLoops.produce(out, $0) },
            consume: { RingLoops.consume(input, $0) })
        let isOfWords = MemoryLayout<S.Message>.size == MemoryLayout<UInt64>.size
        return LoopPair(
            loops, isOfWords ? wordLoops(there, batch: batch) : nil,
            keeping: there.published + back.published)
    }

    private static func wordLoops<S: SendingEnd & ~Copyable, R: ReceivingEnd & ~Copyable>(
        _ there: RingEnds<S, R>, batch: Int
    ) -> WordLoops where S.Message == R.Message {
        let (out, input) = (there.senders[0], there.receivers[0])
        return WordLoops(
            produceBatches: { RingLoops.produceBatches(out, of: batch, $0) },
            consumeBatches: { RingLoops.consumeBatches(input, of: batch, $0) },
            produceShare: { RingLoops.produceShare(there.senders[$0], $0, $1) },
            consumeShare: { RingLoops.consumeShare(there.receivers[$0], $1, sum: &$2) })
    }
}
