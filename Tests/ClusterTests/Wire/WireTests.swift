import Randomness
import ShenRing
import StateMachines
import TestSupport
import Testing

/// What protocols say, as bytes and back.
@Suite struct WireTests {
    @Test func `all that a quorum says and stores is read as it was written`() {
        let traffic = SimulatedTraffic.quorum
        #expect(traffic.messages.problems.prefix(3) == [])
        #expect(traffic.records.problems.prefix(3) == [])
        #expect(traffic.messages.samples.keys.sorted() == Array(0...15))
        #expect(traffic.records.samples.keys.sorted() == Array(0...4))
    }

    @Test func `all that a chain says and stores is read as it was written`() {
        let traffic = SimulatedTraffic.chain
        #expect(traffic.messages.problems.prefix(3) == [])
        #expect(traffic.records.problems.prefix(3) == [])
        #expect(traffic.messages.samples.keys.sorted() == Array(0...12))
        #expect(traffic.records.samples.keys.sorted() == Array(0...8))
    }

    @Test func `all that a token ring says and stores is read as it was written`() {
        let traffic = SimulatedTraffic.token
        #expect(traffic.messages.problems.prefix(3) == [])
        #expect(traffic.records.problems.prefix(3) == [])
        #expect(traffic.messages.samples.keys.sorted() == Array(0...13))
        #expect(traffic.records.samples.keys.sorted() == Array(0...4))
    }

    @Test func `all that gossip says and stores is read as it was written`() {
        let traffic = SimulatedTraffic.gossip
        #expect(traffic.messages.problems.prefix(3) == [])
        #expect(traffic.records.problems.prefix(3) == [])
        #expect(traffic.messages.samples.keys.sorted() == Array(0...11))
        #expect(traffic.records.samples.keys.sorted() == [0])
    }

    @Test func `gossip takes as many bytes as it says, but for the sender's number`() throws {
        for bytes in SimulatedTraffic.gossip.messages.all {
            #expect(try SundialMessage(wire: bytes.span).byteCount == bytes.count + 4)
        }
    }

    @Test func `coordinators and their clients are read as they were written`() throws {
        let id = RequestID(client: NodeID(9), number: 7)
        let contents: [CoordinatorMessage.Content] =
            CoordinatorService.allCases.map {
                .ask(
                    CoordinatorRequest(id: id, oldest: 3, service: $0, count: 5, home: NodeID(2)))
            } + [
                .answer(id, .given(IdentifierRun(first: 1 << 60, count: 5))), .answer(id, .busy),
                .answer(id, .most(8)),
            ]
        for content in contents {
            let message = CoordinatorMessage(cluster: ClusterID(4), content)
            #expect(try CoordinatorMessage(wire: message.wireBytes.span) == message)
            #expect(message.wireBytes.count <= message.size + 1)
        }
    }

    @Test func `a request fits any value and any number`() throws {
        let values: [[UInt8]] = [[], [0], Array(repeating: 0xFF, count: 70_000)]
        for value in values {
            for operation: KeyedOperation in [
                .read, .write(value), .compareAndSet(expected: nil, value: value),
                .compareAndSet(expected: value, value: []),
            ] {
                let request = ClientRequest(
                    id: RequestID(client: NodeID(.max), number: .max), oldest: 1, key: .max,
                    operation: operation)
                #expect(try ClientRequest(wire: request.wireBytes.span) == request)
            }
        }
    }

    @Test func `a version from the future is named and not read`() {
        let quorum = QuorumMessage(version: 2, cluster: ClusterID(1), .outdated)
        #expect(throws: WireError.version(2)) { try QuorumMessage(wire: quorum.wireBytes.span) }
        let chain = ChainMessage(.query(epoch: 1, round: 1), cluster: ClusterID(1), version: 9)
        #expect(throws: WireError.version(9)) { try ChainMessage(wire: chain.wireBytes.span) }
    }

    @Test func `a count that what follows cannot hold is refused before anything is kept`() {
        var writer = WireWriter()
        writer.write(2 as UInt8)
        writer.write(1 as UInt64)
        writer.write(UInt32.max)
        writer.write(0 as UInt64)
        let bytes = writer.bytes
        #expect(throws: WireError.count(UInt64(UInt32.max), at: 9)) {
            try QuorumRecord(wire: bytes.span)
        }
    }

    @Test func `a span that no moment can be moved by is refused`() {
        for nanoseconds in [Int64.min, .max, 1 << 61, -1 << 61] {
            var writer = WireWriter()
            writer.write(nanoseconds)
            let bytes = writer.bytes
            #expect(throws: WireError.value(UInt64(bitPattern: nanoseconds), at: 0)) {
                try WireReader.read(bytes) { (reader: inout WireReader) throws(WireError) in
                    try reader.span()
                }
            }
        }
    }
}
