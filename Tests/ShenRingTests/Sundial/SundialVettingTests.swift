import StateMachines
import Testing

@testable import ShenRing

@Suite struct SundialVettingTests {
    /// Hears one message and says what was refused.
    private func refusals(
        of body: SundialMessage.Body = .ping(sequence: 1), from sender: Int = 1,
        saying state: MemberState? = nil, _ updates: [MemberUpdate] = [], cluster: UInt32 = 0,
        version: UInt8 = 1
    ) -> [SundialCounts.Refusal] {
        var node = LoneNode(members: 3) { $0.capacity = 100 }
        let before = node.machine.fingerprint
        node.hear(body, from: sender, saying: state, updates, cluster: cluster, version: version)
        let found = SundialCounts.Refusal.allCases.filter { node.machine.counts[$0] > 0 }
        if !found.isEmpty {
            #expect(node.sent.isEmpty && node.machine.fingerprint == before)
        }
        return found
    }

    private func digest(_ low: UInt32, _ high: UInt32, pieces: Int) -> SundialMessage.Body {
        .digest(
            TableDigest(
                low: low, high: high, isWhole: false,
                fingerprints: [UInt64](repeating: 0, count: pieces)))
    }

    @Test func `what is well formed is taken`() {
        #expect(refusals().isEmpty)
        #expect(refusals(saying: left(1)).isEmpty)
        #expect(refusals(of: digest(0, 16, pieces: 1)).isEmpty)
        #expect(refusals(of: digest(64, 128, pieces: 4)).isEmpty)
        #expect(refusals(of: .part(low: 0, high: 16, asks: true)).isEmpty)
        #expect(refusals(from: 99).isEmpty)
    }

    @Test func `messages of other clusters and of later versions are counted and ignored`() {
        #expect(refusals(cluster: 8) == [.otherCluster])
        #expect(refusals(version: 2) == [.laterVersion])
    }

    @Test func `nodes beyond the capacity, and this node as a sender, are impossible`() {
        #expect(refusals(from: 100) == [.impossibleNode])
        #expect(refusals(from: 0) == [.impossibleNode])
        #expect(refusals([MemberUpdate(NodeID(100), alive(1))]) == [.impossibleNode])
        #expect(refusals([MemberUpdate(NodeID(.max), alive(1))]) == [.impossibleNode])
    }

    @Test func `what no node says is malformed`() {
        #expect(refusals(saying: suspect(1)) == [.malformed])
        #expect(refusals(saying: dead(1)) == [.malformed])
        #expect(refusals(saying: .unknown) == [.malformed])
        #expect(refusals([MemberUpdate(NodeID(1), .unknown)]) == [.malformed])
        let last = MemberState(.suspect, incarnation: MemberState.mostIncarnations + 1)
        #expect(refusals([MemberUpdate(NodeID(0), last)]) == [.malformed], "nobody could refute it")
        let many = [MemberUpdate](repeating: MemberUpdate(NodeID(1), alive(1)), count: 65)
        #expect(refusals(many) == [.malformed])
        #expect(refusals(of: .pingRequest(sequence: 1, target: NodeID(100))) == [.malformed])
    }

    @Test func `digests and parts that no table has are malformed`() {
        #expect(refusals(of: digest(0, 0, pieces: 0)) == [.malformed])
        #expect(refusals(of: digest(16, 0, pieces: 1)) == [.malformed])
        #expect(refusals(of: digest(0, 48, pieces: 3)) == [.malformed])
        #expect(refusals(of: digest(0, 64, pieces: 3)) == [.malformed])
        #expect(refusals(of: digest(8, 24, pieces: 1)) == [.malformed])
        #expect(refusals(of: digest(0, 1 << 31, pieces: 16)) == [.malformed])
        #expect(refusals(of: .part(low: 4, high: 4, asks: true)) == [.malformed])
        #expect(refusals(of: .part(low: 0, high: .max, asks: true)) == [.malformed])
        #expect(
            refusals(of: .table(states: [], heartbeats: [], asks: true)) == [.malformed],
            "heartbeats are not in use")
    }

    @Test func `settings that cannot be are refused with what they are and may be`() {
        func problem(_ change: (inout SundialSettings) -> Void) -> String? {
            var settings = SundialSettings()
            change(&settings)
            do throws(SundialError) {
                try settings.check()
                return nil
            } catch { return "\(error)" }
        }
        #expect(problem { _ in } == nil)
        let problems = [
            problem { $0.capacity = 0 }, problem { $0.members = 65_537 },
            problem { $0.period = .zero }, problem { $0.fanout = -1 },
            problem { $0.comparison = -1 }, problem { $0.retransmissions = 0 },
            problem { $0.newsPerMessage = 0 }, problem { $0.newsPerMessage = 64 },
            problem { $0.tombstoneLifetime = .seconds(86_400 * 25) },
            problem { $0.suspicion.stretch = 0.5 }, problem { $0.contacts = [NodeID(65_536)] },
            problem { $0.detection = .heartbeats(silence: 0) },
            problem { $0.detection = .probes(ProbeSettings(timeout: .seconds(1))) },
            problem { $0.detection = .probes(ProbeSettings(helpers: -1)) },
            problem { $0.detection = .probes(ProbeSettings(healthLimit: -1)) },
        ]
        for found in problems {
            #expect(found?.hasPrefix("gossip: ") == true && found?.contains("; expected ") == true)
        }
        #expect(
            problem { $0.fanout = -1 } == "gossip: fanout is -1; expected 0 or more")
    }
}
