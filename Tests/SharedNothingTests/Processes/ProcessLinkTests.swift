import Glibc
import Randomness
import Synchronization
import TestSupport
import Testing

@testable import SharedNothing

/// Two ends of a link in one process.
private struct LinkPair: ~Copyable {
    var first: ProcessLink
    var second: ProcessLink

    init(bytes: Int = 4096) throws {
        let one = try SharedLane(atLeast: bytes, name: "test")
        let other = try SharedLane(atLeast: bytes, name: "test")
        let oneRead = try SharedLane(inheriting: one.readOnlyFile(), isWritable: false)
        let otherRead = try SharedLane(inheriting: other.readOnlyFile(), isWritable: false)
        first = ProcessLink(own: one, other: otherRead)
        second = ProcessLink(own: other, other: oneRead)
    }

    mutating func send(_ bytes: [UInt8], _ ordinal: UInt64) -> Bool {
        guard first.hasRoom(for: bytes.count, freed: first.other.taken) else { return false }
        first.send(.message, ordinal: ordinal, count: bytes.count) { bytes.encode(into: &$0) }
        return true
    }

    mutating func receive() throws -> (ordinal: UInt64, bytes: [UInt8])? {
        guard let record = try second.receive() else { return nil }
        let bytes = try second.withBytes(of: record) { bytes throws(WireError) in
            try [UInt8](decoding: bytes)
        }
        return (record.ordinal, bytes)
    }
}

/// Bytes that tell which message they are of.
private func content(_ count: Int, _ salt: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ salt &* 17) }
}

@Suite struct ProcessLinkTests {
    @Test func `carries what was sent, in order, round and round`() throws {
        var pair = try LinkPair()
        var generator = testSeed.derived(for: "link").generator()
        var sent: [[UInt8]] = []
        var received = 0
        for _ in 0..<20_000 {
            if generator.next(below: 2) == 0 {
                let bytes = content(Int(generator.next(below: 700)), sent.count)
                if pair.send(bytes, UInt64(sent.count)) { sent.append(bytes) }
            } else if let (ordinal, bytes) = try pair.receive() {
                #expect(ordinal == UInt64(received))
                #expect(bytes == sent[received], "message \(received); \(replay)")
                received += 1
            }
        }
        // Many times round a ring of 4096 bytes.
        #expect(received > 5000)
    }

    @Test func `is full when it is full, and never overwrites what is unread`() throws {
        var pair = try LinkPair()
        let size = ProcessLink.recordBytes(100)
        var count = 0
        while pair.send(content(100, count), UInt64(count)) { count += 1 }
        #expect(count == pair.first.own.byteCount / size)
        #expect(pair.send(content(100, 0), 99) == false)
        for index in 0..<count {
            #expect(try pair.receive()?.bytes == content(100, index))
        }
        #expect(try pair.receive() == nil)
    }

    @Test func `carries the longest message, the empty one, and those around the ring's end`()
        throws
    {
        var pair = try LinkPair()
        let longest = pair.first.longestMessage
        var ordinal: UInt64 = 0
        for length in [longest, 0, longest - 1, 1, longest, 7, 8, 9, longest] {
            let bytes = content(length, Int(ordinal))
            #expect(pair.send(bytes, ordinal) == true)
            #expect(try pair.receive()?.bytes == bytes)
            ordinal += 1
        }
        #expect(pair.first.hasRoom(for: longest + 1, freed: pair.first.other.taken) == false)
    }

    @Test func `the reader's memory cannot be written through its own mapping`() async {
        await #expect(processExitsWith: .signal(SIGSEGV)) {
            let lane = try SharedLane(atLeast: 4096, name: "test")
            let reader = try SharedLane(inheriting: lane.readOnlyFile(), isWritable: false)
            reader.publish(tail: 8)
        }
    }

    /// Whatever one side writes, the other neither traps nor reads outside: it throws, or it gets
    /// records that lie within what was published.
    @Test func `believes nothing that cannot be`() throws {
        var generator = testSeed.derived(for: "garbage").generator()
        var faults: [String: Int] = [:]
        for _ in 0..<3000 {
            var pair = try LinkPair()
            let bytes = pair.first.own.byteCount
            // A ring of words that are small, large, or records that could be.
            let ring = unsafe pair.first.own.bytes(at: 0, count: bytes)
            for offset in stride(from: 0, to: bytes, by: 8) {
                let word: UInt64 =
                    switch generator.next(below: 4) {
                    case 0: generator.next()
                    case 1: generator.next(below: 64)
                    case 2: 1 << 32 | generator.next(below: 200)
                    default: generator.next(below: 6) << 32 | generator.next(below: 40)
                    }
                // SAFETY: within the ring.
                unsafe ring.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
            }
            let tail =
                switch generator.next(below: 3) {
                case 0: generator.next()
                case 1: generator.next(below: UInt64(2 * bytes))
                default: generator.next(below: UInt64(bytes / 8) + 1) * 8
                }
            pair.first.own.publish(tail: tail)
            do throws(LinkFault) {
                while let record = try pair.second.receive() {
                    #expect(record.byteCount <= bytes, "\(replay)")
                    #expect(pair.second.read <= tail && tail <= UInt64(bytes), "\(replay)")
                }
                faults["none", default: 0] += 1
            } catch {
                faults[String("\(error)".prefix(6)), default: 0] += 1
            }
        }
        // All ways to be wrong were tried.
        #expect(faults.count >= 4, "\(faults); \(replay)")
    }

    @Test func `a million messages between two threads that sleep arrive, whole and in order`()
        throws
    {
        let one = try SharedLane(atLeast: 1 << 14, name: "test")
        let other = try SharedLane(atLeast: 4096, name: "test")
        let oneRead = try SharedLane(inheriting: one.readOnlyFile(), isWritable: false)
        let otherRead = try SharedLane(inheriting: other.readOnlyFile(), isWritable: false)
        var sender = ProcessLink(own: one, other: otherRead)
        let receiver = Handover(ProcessLink(own: other, other: oneRead))
        let count: UInt64 = 1_000_000
        let findings = Findings()
        let thread = TestThread {
            guard var link = receiver.take() else { return }
            var errors: UInt64 = 0
            var expected: UInt64 = 0
            while expected < count {
                guard let record = try? link.receive() else {
                    link.wait(for: .record, atMost: 1_000_000_000)
                    continue
                }
                let value = try? link.withBytes(of: record) { bytes throws(WireError) in
                    try UInt64(decoding: bytes)
                }
                if value != expected &* 0x9E37_79B9_7F4A_7C15 || record.ordinal != expected {
                    errors += 1
                }
                expected += 1
            }
            findings.wrong.store(errors, ordering: .releasing)
        }
        for ordinal in 0..<count {
            while !sender.hasRoom(for: 8, freed: sender.other.taken) {
                sender.wait(for: .room(8), atMost: 1_000_000_000)
            }
            sender.send(.message, ordinal: ordinal, count: 8) {
                (ordinal &* 0x9E37_79B9_7F4A_7C15).encode(into: &$0)
            }
        }
        thread.join()
        #expect(findings.wrong.load(ordering: .acquiring) == 0)
    }

    /// A process may write a stopping word, which has no meaning from that side, and go on.
    @Test func `sleeps over an end of the other side that it does not wait for`() throws {
        let pair = try LinkPair()
        pair.second.own.setStopping()
        let (hasRecord, hasEnd) = (pair.first.isThere(.record), pair.first.isThere(.recordOrEnd))
        #expect(!hasRecord && hasEnd)
        let start = MonotonicTime.now()
        // May return early; not fifty times.
        for _ in 0..<50 { pair.first.wait(for: .record, atMost: 1_000_000) }
        #expect(MonotonicTime.now() - start >= .milliseconds(25))
    }

    @Test func `unanswered positions come out as they went in`() {
        var pending = PendingQueue<UInt64>()
        var model: [UInt64] = []
        var generator = testSeed.derived(for: "pending").generator()
        for value in 0..<10_000 as Range<UInt64> {
            if generator.next(below: 100) < 52 {
                pending.append(value)
                model.append(value)
            } else {
                #expect(pending.removeOldest() == (model.isEmpty ? nil : model.removeFirst()))
            }
            #expect(pending.count == model.count && pending.oldest == model.first, "\(replay)")
        }
    }
}

/// A link on its way to another thread.
private final class Handover<Value: ~Copyable>: @unchecked Sendable {
    // Sendable: made before the other thread is, and taken by it once.
    private var value: Value?

    init(_ value: consuming Value) { self.value = consume value }

    func take() -> Value? { value.take() }
}

/// What a thread found wrong.
private final class Findings: Sendable {
    let wrong = Atomic<UInt64>(0)
}
