import StateMachines
import Testing

@testable import ShenRing

/// A state that is given to a joiner in parts.
@Suite struct ChainImageTests {
    /// Two members of which the tail no longer has the first entries, and a joiner that has none.
    private static func joining(partBytes: Int = 50) -> HandDrivenChain {
        var chain = HandDrivenChain.running(2, spares: 1) {
            $0.compaction = CompactionRule(entries: 4, keeping: 4)
            $0.imagePartBytes = partBytes
        }
        for number in UInt64(1)...40 {
            chain.write(0, UInt8(number), number: number, key: number % 5)
            chain.settle()
        }
        chain.configure(2, [0, 1], joiner: 2)
        for node in UInt32(0)..<3 { chain.sync(NodeID(node)) }
        return chain
    }

    private static func installations(_ chain: HandDrivenChain) -> Int {
        chain.events.reduce(0) { count, told in
            if case .installed = told.event { count + 1 } else { count }
        }
    }

    @Test func `parts are bounded and leave one by one, and those that are lost come again`() {
        var chain = Self.joining()
        let whole = chain.replica(1).state.image.count
        var (parts, carried) = (0, 0)
        for turn in 0..<10_000 where !chain.replica(2).isAttached {
            guard let letter = chain.mail.first else {
                chain.pass(chain.settings.resend)
                continue
            }
            let underWay = chain.mail.compactMap(\.imagePart)
            #expect(underWay.count <= 1 && underWay.allSatisfy { $0.bytes.count <= 50 })
            chain.mail.removeFirst()
            let isOfImage = letter.imagePart != nil || letter.isImageReceipt
            if isOfImage, turn % 3 == 0 { continue }
            parts += letter.imagePart == nil ? 0 : 1
            carried += letter.imagePart?.bytes.count ?? 0
            chain.hand(letter)
        }
        #expect(chain.replica(2).isAttached)
        #expect(parts >= (whole + 49) / 50 && carried >= whole, "\(parts) parts of \(whole) bytes")
        chain.settle()
        #expect(Self.installations(chain) == 1)
        #expect(chain.replica(2).state == chain.replica(1).state)
        #expect(chain.replica(2).durable == 40)
    }

    @Test func `entries that are committed while a state is under way follow it`() {
        var chain = Self.joining(partBytes: 10)
        var number = UInt64(40)
        for _ in 0..<10_000 where !chain.replica(2).isAttached {
            number += 1
            chain.write(0, 9, number: number, key: number % 5)
            // One message to or from the joiner for a whole write of the chain.
            chain.settle { $0.to != NodeID(2) && $0.from != NodeID(2) }
            let place = chain.mail.firstIndex { $0.to == NodeID(2) || $0.from == NodeID(2) }
            if let place { chain.hand(chain.mail.remove(at: place)) }
        }
        chain.settle()
        #expect(Self.installations(chain) == 1)
        #expect(chain.replica(2).log.last == number && number > 48)
        // What was kept for it goes with the next compaction.
        for _ in 0..<5 {
            number += 1
            chain.write(0, 9, number: number)
            chain.settle()
        }
        #expect(chain.replica(1).log.last - chain.replica(1).log.base <= 12, "dropped since")
    }

    /// Two members of which the tail has dropped the entries with which a joiner took up.
    private static func outrun() -> HandDrivenChain {
        var chain = HandDrivenChain.running(2, spares: 1) {
            $0.compaction = CompactionRule(entries: 4, keeping: 4)
            ($0.imagePartBytes, $0.batch, $0.catchUpWindow) = (50, 2, 2)
        }
        for number in UInt64(1)...3 { chain.write(0, 1, number: number) }
        chain.settle()
        chain.configure(2, [0, 1], joiner: 2)
        for node in UInt32(0)..<3 { chain.sync(NodeID(node)) }
        chain.deliver { $0.to != NodeID(2) }
        #expect(chain.mail.contains { $0.to == NodeID(2) && $0.forward != nil })
        for number in UInt64(4)...40 {
            chain.write(0, UInt8(number), number: number, key: number % 5)
            chain.settle { $0.to != NodeID(2) }
        }
        #expect(chain.replica(1).log.base > 2)
        return chain
    }

    @Test func `one that took up with entries that are gone since is given the state all the same`()
    {
        var chain = Self.outrun()
        chain.settle()
        for _ in 0..<100 where chain.replica(2).committed < 40 {
            chain.pass(chain.settings.resend)
            chain.settle()
        }
        #expect(Self.installations(chain) == 1)
        #expect(chain.replica(2).state == chain.replica(1).state)
    }

    @Test func `what somebody misses who is being given a state does not end that`() {
        var chain = Self.outrun()
        for _ in 0..<1000 where chain.replica(1).link?.image == nil {
            if chain.mail.isEmpty { chain.pass(chain.settings.resend) }
            if !chain.mail.isEmpty { chain.hand(chain.mail.removeFirst()) }
        }
        #expect(chain.replica(1).link?.image != nil)
        // It says once more what it misses, and the part that is under way is lost.
        let joiner = chain.replica(2)
        let missing = ChainAcknowledgement(
            epoch: joiner.configuration.epoch, received: joiner.log.last, durable: joiner.durable,
            committed: joiner.committed, misses: true)
        chain.mail.removeAll()
        chain.hand(
            HandDrivenChain.Mail(
                from: NodeID(2), to: NodeID(1), message: chain.message(.acknowledgement(missing))))
        for _ in 0..<100 where chain.replica(2).committed < 40 {
            chain.pass(chain.settings.resend)
            chain.settle()
        }
        #expect(Self.installations(chain) == 1)
        #expect(chain.replica(2).state == chain.replica(1).state)
    }

    @Test func `parts that do not follow, are too long or of a state too large change nothing`() {
        var chain = Self.joining()
        let epoch = chain.replica(1).configuration.epoch
        let image = chain.replica(1).state.image
        func give(_ chain: inout HandDrivenChain, total: Int, offset: Int, _ bytes: [UInt8]) {
            let part = ChainImagePart(
                epoch: epoch, applied: 40, lastEpoch: 1, total: total, offset: offset, bytes: bytes)
            chain.hand(
                HandDrivenChain.Mail(
                    from: NodeID(1), to: NodeID(2), message: chain.message(.image(part))))
        }
        give(&chain, total: image.count, offset: 0, Array(image[..<30]))
        #expect(chain.replica(2).arriving?.bytes.count == 30)
        give(&chain, total: image.count, offset: 0, Array(image[..<40]))
        give(&chain, total: image.count, offset: 31, Array(image[31..<40]))
        give(&chain, total: image.count, offset: 30, image)
        #expect(chain.replica(2).arriving?.bytes.count == 30)
        let before = chain.nodes[NodeID(2)]?.ignored.malformed ?? 0
        give(&chain, total: chain.settings.imageBytes + 1, offset: 0, [1])
        #expect(chain.nodes[NodeID(2)]?.ignored.malformed == before + 1)
        #expect(chain.replica(2).arriving?.bytes.count == 30)
        // What is whole and no state is not believed.
        give(&chain, total: 8, offset: 0, [UInt8](repeating: 0xFF, count: 8))
        #expect(chain.nodes[NodeID(2)]?.ignored.malformed == before + 2)
        #expect(!chain.replica(2).isAttached && chain.replica(2).committed == 0)
        chain.settle()
        for _ in 0..<100 where !chain.replica(2).isAttached {
            chain.pass(chain.settings.resend)
            chain.settle()
        }
        #expect(chain.replica(2).state == chain.replica(1).state)
    }
}

extension HandDrivenChain.Mail {
    fileprivate var imagePart: ChainImagePart? {
        if case .image(let part) = message.body { part } else { nil }
    }

    fileprivate var isImageReceipt: Bool {
        if case .imageReceived = message.body { true } else { false }
    }
}
