import Randomness
import ShenRing
import StateMachines
import TestSupport
import Testing

/// Bytes that are not what was written.
@Suite struct WireDamageTests {
    /// The image of a state may list its keys in any order: it alone is read from more than one
    /// form.
    private static let subjects = [
        WireSubject("quorum messages", SimulatedTraffic.quorum.messages),
        WireSubject("quorum records", SimulatedTraffic.quorum.records),
        WireSubject("chain messages", SimulatedTraffic.chain.messages, isCanonical: false),
        WireSubject("chain records", SimulatedTraffic.chain.records, isCanonical: false),
        WireSubject("token messages", SimulatedTraffic.token.messages),
        WireSubject("token records", SimulatedTraffic.token.records),
        WireSubject("gossip messages", SimulatedTraffic.gossip.messages),
        WireSubject("gossip records", SimulatedTraffic.gossip.records),
    ]

    /// What reading came to: nil where the bytes are refused.
    private func rewritten(_ bytes: [UInt8], as subject: WireSubject) -> [UInt8]? {
        try? subject.rewrite(bytes)
    }

    @Test(arguments: subjects)
    func `bytes that end early are refused wherever they end`(subject: WireSubject) {
        for sample in subject.samples {
            for end in 0..<sample.count where rewritten(Array(sample[..<end]), as: subject) != nil {
                Issue.record("\(sample) was read up to byte \(end)")
            }
        }
    }

    @Test(arguments: subjects)
    func `bytes with something behind are refused`(subject: WireSubject) {
        for sample in subject.samples {
            #expect(throws: WireError.self) { try subject.rewrite(sample + [0]) }
        }
    }

    @Test(arguments: subjects)
    func `a bit that is turned is refused or read as what it says`(subject: WireSubject) {
        for sample in subject.samples {
            for bit in 0..<min(sample.count, 512) * 8 {
                var damaged = sample
                damaged[bit / 8] ^= 1 << (bit % 8)
                expectSound(damaged, as: subject)
            }
        }
    }

    @Test(arguments: subjects)
    func `bytes drawn at random are refused or read as what they say`(subject: WireSubject) {
        var generator = testSeed.derived(for: subject.name).generator()
        for round in 0..<testRounds(4_000) {
            // Every other one begins as something that is read, so that the draw gets further.
            let sample = subject.samples[round % subject.samples.count]
            let kept = round % 2 == 0 ? 0 : Int(generator.next(below: UInt64(sample.count)))
            var drawn = Array(sample[..<kept])
            for _ in 0..<generator.next(below: 200) {
                // Small numbers are counts and kinds that something begins with.
                let isSmall = generator.next(below: 2) == 0
                drawn.append(UInt8(generator.next(below: isSmall ? 4 : 256)))
            }
            expectSound(drawn, as: subject)
        }
    }

    private func expectSound(_ bytes: [UInt8], as subject: WireSubject) {
        guard let once = rewritten(bytes, as: subject) else { return }
        if subject.isCanonical {
            if once != bytes { Issue.record("\(bytes) was read as \(once); \(replay)") }
        } else if rewritten(once, as: subject) != once {
            Issue.record("\(bytes) was read as \(once), and that as something else; \(replay)")
        }
    }
}
