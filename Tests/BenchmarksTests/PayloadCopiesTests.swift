import Testing

@testable import Benchmarks

/// Whether a copy of a payload would be found.
@Suite struct PayloadCopiesTests {
    private static let payload = Double(PayloadCopies.payload)

    /// Copied bytes a message, where `pass` puts what was sent into a queue.
    private func copied(_ pass: ([UInt8], inout [[UInt8]]) -> Void) -> Double {
        var queue: [[UInt8]] = []
        return PayloadCopies.perMessage(
            offer: { bytes in
                pass(bytes, &queue)
                return true
            }, take: { queue.isEmpty ? nil : queue.removeFirst() })
    }

    @Test func `a queue that moves its elements copies nothing`() {
        #expect(copied { $1.append($0) } == 0)
    }

    @Test func `a queue that copies what a payload points to is found`() {
        #expect(copied { bytes, queue in queue.append(bytes.map { $0 }) } == Self.payload)
    }

    @Test func `a queue that goes on referring to what it gave away is found`() {
        var kept: [[UInt8]] = []
        let copied = copied { bytes, queue in
            kept.append(bytes)
            queue.append(bytes)
        }
        #expect(copied == Self.payload)
        #expect(!kept.isEmpty)
    }

    @Test func `a payload that is refused or lost counts as copied`() {
        #expect(PayloadCopies.perMessage(offer: { _ in false }, take: { nil }) == Self.payload)
        #expect(PayloadCopies.perMessage(offer: { _ in true }, take: { nil }) == Self.payload)
    }

    @Test(arguments: OwnRing.allCases)
    func `the engine's channels copy nothing`(ring: OwnRing) {
        #expect(PayloadCopies.perMessage(through: ring) == 0)
    }
}
