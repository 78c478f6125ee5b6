import Randomness
import StateMachines
import TestSupport
import Testing

@testable import ShenRing

/// Batches along the chain are bounded by bytes as well: what a network takes as one message is.
@Suite struct ChainBatchTests {
    /// What the shells of nodes take as a message: `NodeOptions.maximumFrame`.
    private static let longest = 4 << 20

    private func wireBytes(_ letter: HandDrivenChain.Mail) -> Int {
        var writer = WireWriter()
        letter.message.encode(into: &writer)
        return writer.count
    }

    @Test func `long values get across a gap, in messages that the network takes`() {
        var chain = HandDrivenChain.running(2)
        let value = [UInt8](repeating: 7, count: 64 << 10)
        // All of them are lost, and one more by which the successor sees the gap is not.
        for number in UInt64(1)...100 {
            chain.ask(0, .write(value), number: number, key: number)
        }
        chain.mail.removeAll { $0.forward != nil }
        chain.ask(0, .write(value), number: 101, key: 101)
        var longest = 0
        chain.settle { letter in
            let bytes = wireBytes(letter)
            longest = max(longest, bytes)
            return bytes <= Self.longest
        }
        #expect(longest <= Self.longest)
        #expect(chain.replica(1).committed == 101)
        #expect((UInt64(1)...101).allSatisfy { chain.outcomes(of: $0) == [.written(at: $0)] })
    }

    @Test func `a batch ends before the entry that would make it too long, but has one`() {
        var chain = HandDrivenChain.running(2) {
            $0.batchBytes = 1_000
            $0.batchDelay = .milliseconds(1)
        }
        chain.write(0, 1, number: 1)
        chain.mail = []
        for (number, count) in [300, 300, 300, 2_000, 10, 10].enumerated() {
            let value = [UInt8](repeating: 1, count: count)
            chain.ask(0, .write(value), number: UInt64(number + 2))
        }
        // What is full does not wait for others; the last two do.
        #expect(chain.mail.compactMap(\.forward).map(\.entries.count) == [2, 1, 1])
        chain.pass(.milliseconds(1))
        #expect(chain.mail.compactMap(\.forward).map(\.entries.count) == [2, 1, 1, 2])
    }

    @Test func `a batch is the longest run of entries that fits`() {
        var generator = testSeed.derived(for: "chain batches").generator()
        for _ in 0..<200 {
            var log = ChainLog()
            let sizes = (0..<1 + Int(generator.next(below: 12))).map { _ in
                Int(generator.next(below: 200))
            }
            for (place, count) in sizes.enumerated() {
                let id = RequestID(client: NodeID(1), number: UInt64(place + 1))
                let request = ClientRequest(
                    id: id, oldest: 1, key: 1,
                    operation: .write([UInt8](repeating: 0, count: count)))
                log.append(ChainEntry(epoch: 1, request: request))
            }
            let kept = generator.next(below: log.last)
            log.compact(through: kept)
            let start = kept + generator.next(below: log.last - kept)
            let end = start + 1 + generator.next(below: log.last - start)
            let most = 1 + Int(generator.next(below: 8))
            let bytes = 1 + Int(generator.next(below: 1_000))
            let found = log.count(after: start, through: end, most: most, bytes: bytes)
            // Every shorter run fits, and the next longer one does not.
            let fits = (1...Int(end - start)).filter { count in
                let sum = (start + 1...start + UInt64(count)).reduce(0) { $0 + log[$1].size }
                return count == 1 || (count <= most && sum <= bytes)
            }
            #expect(found == fits.max(), "\(replay)")
        }
    }
}
