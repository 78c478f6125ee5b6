import Randomness
import StateMachines
import TestSupport
import Testing

@testable import ShenRing

@Suite struct QuorumBadInputTests {
    private func error(_ body: () throws -> Void) -> QuorumError? {
        do { try body() } catch { return error as? QuorumError }
        return nil
    }

    @Test func `clusters, settings and disks that cannot be are refused, and it is said why`() {
        func made(
            founders: [NodeID] = [NodeID(0)], recovered: [QuorumRecord] = [],
            _ change: (inout QuorumSettings) -> Void = { _ in }
        ) -> QuorumError? {
            error {
                var settings = SteppedNode.settings
                change(&settings)
                _ = try QuorumNode(
                    NodeID(0), settings: settings, origin: .founding(founders),
                    recovered: recovered, seed: Seed(1))
            }
        }
        #expect(made() == nil)
        #expect(made(founders: []) == .noVoters)
        #expect(made(founders: [NodeID(1)]) == .notAFounder(NodeID(0)))
        #expect(
            made(founders: [NodeID(0), NodeID(0)]) == .duplicateMember(QuorumMember(NodeID(0))))
        #expect(
            made { $0.heartbeat = .milliseconds(51) }
                == .heartbeat(.milliseconds(51), electionTimeout: .milliseconds(100)))
        #expect(
            made { $0.heartbeat = .zero }
                == .heartbeat(.zero, electionTimeout: .milliseconds(100)))
        #expect(made { $0.driftBound = 1 } == .drift(1))
        #expect(made { $0.window = 0 } == .limit("window", 0, least: 1))
        #expect(made { $0.waitingReads = -1 } == .limit("waitingReads", -1, least: 0))
        #expect(made(recovered: [.promise(term: 1, vote: nil)]) == .unmarkedDisk)
        let born = QuorumRecord.born(incarnation: 0, .none)
        #expect(made(recovered: [born, born]) == .unmarkedDisk)
        #expect(
            made(recovered: [born, .append(first: 3, [])])
                == .brokenRecord(at: 1, expected: 1, found: 3))
        #expect(
            made(recovered: [born, .truncate(from: 0)])
                == .brokenRecord(at: 1, expected: 0, found: 0))
        let broken = QuorumSnapshot(index: 3, term: 1, membership: .none, state: [1])
        #expect(made(recovered: [born, .snapshot(broken)]) == .brokenSnapshot(.short(at: 0)))
    }

    @Test func `every error says in one line what was found`() {
        let errors: [QuorumError] = [
            .noVoters, .duplicateMember(QuorumMember(NodeID(3), incarnation: 2)),
            .notAFounder(NodeID(1)), .heartbeat(.zero, electionTimeout: .zero), .drift(2),
            .limit("window", 0, least: 1), .unmarkedDisk,
            .brokenRecord(at: 1, expected: 2, found: 3), .brokenSnapshot(.trailing(4)),
        ]
        for error in errors {
            #expect(error.description.hasPrefix("quorum: "))
            #expect(!error.description.contains("\n"))
        }
        #expect(errors[1].description.contains("n3/2"))
    }

    @Test func `foreign messages are counted and change nothing`() throws {
        var node = try SteppedNode()
        node.sync()
        let heartbeat = QuorumMessage.Body.heartbeat(commit: 0, round: 1)
        let (stored, cluster) = (node.records.count, SteppedNode.cluster)
        node.receive(QuorumMessage(cluster: ClusterID(8), term: 9, heartbeat), from: 1)
        node.receive(
            QuorumMessage(version: 2, cluster: cluster, term: 9, heartbeat), from: 1)
        node.receive(
            QuorumMessage(version: 0, cluster: cluster, term: 9, heartbeat), from: 1)
        node.receive(QuorumMessage(cluster: cluster, to: 5, term: 9, heartbeat), from: 1)
        node.receive(QuorumMessage(cluster: cluster, term: 9, heartbeat), from: 0)
        #expect(node.node.term == 0 && node.records.count == stored)
        #expect(node.node.ignored.otherCluster == 1 && node.node.ignored.otherVersion == 2)
        #expect(node.node.ignored.otherIncarnation == 2 && node.node.ignored.total == 5)
        node.elect()
        node.receive(.appended(matched: 1, round: 1), from: 9, term: 1)
        #expect(node.node.ignored.unknownSender == 1)
        node.receive(.heartbeat(commit: 0, round: 1), from: 1, term: 1)
        #expect(node.node.role == .leader && node.node.ignored.impossible == 1)
        node.receive(.appended(matched: 99, round: 1), from: 1, term: 1)
        #expect(node.node.commitIndex == 0 && node.node.ignored.impossible == 2)
    }

    @Test func `requests that are no client's own, or name numbers that cannot be, are not taken`()
        throws
    {
        var node = try SteppedNode(of: 1)
        node.elect()
        node.sync()
        let cluster = SteppedNode.cluster
        let id = { (number: UInt64) in RequestID(client: NodeID(90), number: number) }
        let stranger = SteppedNode.write(1, [1])
        node.receive(QuorumMessage.request(stranger, cluster: cluster), from: 91)
        for (number, oldest) in [(0, 1), (3, 0), (3, 4)] as [(UInt64, UInt64)] {
            let request = ClientRequest(
                id: id(number), oldest: oldest, key: 1, operation: .write([1]))
            let sent = node.receive(QuorumMessage.request(request, cluster: cluster), from: 90)
            #expect(sent.allSatisfy { $0.message.answer(cluster: cluster) == nil })
        }
        #expect(node.node.ignored.impossible == 4 && node.node.lastIndex == 1)
        let far = ClientRequest(
            id: id(5_000), oldest: 1, key: 1, operation: .write([1]))
        let sent = node.receive(QuorumMessage.request(far, cluster: cluster), from: 90)
        #expect(sent.map { $0.message.answer(cluster: cluster)?.outcome } == [.overloaded])
    }

    @Test func `no message traps, whatever it says and whoever it comes from`() throws {
        var generator = testSeed.derived(for: "noise").generator()
        for round in 0..<testRounds(30) {
            var node = try SteppedNode(of: 3, seed: Seed(UInt64(round)))
            for _ in 0..<300 {
                let number = { (generator: inout Xoshiro256StarStar) -> UInt64 in
                    switch generator.next(below: 8) {
                    case 0: .max
                    case 1: .max - generator.next(below: 4)
                    default: generator.next(below: 12)
                    }
                }
                let body = noise(number, &generator)
                node.receive(
                    QuorumMessage(
                        cluster: SteppedNode.cluster, term: number(&generator) >> 1, body),
                    from: UInt32(generator.next(below: 4)))
                switch generator.next(below: 6) {
                case 0: node.sync()
                case 1: node.wake()
                case 2: node.ask(.propose([1], token: 1))
                case 3: node.ask(.read(token: 2))
                default: break
                }
            }
        }
    }

    private func noise(
        _ number: (inout Xoshiro256StarStar) -> UInt64, _ random: inout Xoshiro256StarStar
    ) -> QuorumMessage.Body {
        let candidacy = QuorumMessage.Candidacy(
            lastIndex: number(&random), lastTerm: number(&random),
            isTransfer: random.next(below: 2) == 0)
        switch random.next(below: 13) {
        case 0: return .preVote(candidacy)
        case 1: return .vote(candidacy)
        case 2:
            return .ballot(
                .init(
                    isGranted: random.next(below: 2) == 0, isPreVote: random.next(below: 2) == 0))
        case 3, 4:
            let entries = (0..<random.next(below: 4)).map { _ in
                QuorumEntry(term: number(&random), .opaque([1]))
            }
            return .append(
                .init(
                    previousIndex: number(&random), previousTerm: number(&random), entries: entries,
                    commit: number(&random), round: number(&random)))
        case 5: return .heartbeat(commit: number(&random), round: number(&random))
        case 6: return .appended(matched: number(&random), round: number(&random))
        case 7:
            return .unmatched(
                .init(
                    previousIndex: number(&random), hintIndex: number(&random),
                    hintTerm: number(&random), round: number(&random)))
        case 8:
            return .snapshot(
                .init(
                    index: number(&random), term: number(&random),
                    total: Int(truncatingIfNeeded: number(&random)),
                    offset: Int(truncatingIfNeeded: number(&random)), bytes: [1, 2], round: 1))
        case 9:
            return .snapshotReceived(
                index: number(&random), count: Int(truncatingIfNeeded: number(&random)), round: 1)
        case 10: return .campaignNow
        case 11: return .readIndex(ticket: number(&random))
        default: return .readIndexReply(ticket: number(&random), index: number(&random))
        }
    }
}
