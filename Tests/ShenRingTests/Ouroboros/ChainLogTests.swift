import Randomness
import StateMachines
import TestSupport
import Testing

@testable import ShenRing

@Suite struct ChainLogTests {
    private func entry(_ epoch: UInt64, _ number: UInt64) -> ChainEntry {
        ChainEntry(
            epoch: epoch,
            request: ClientRequest(
                id: RequestID(client: NodeID(50), number: number), oldest: 1, key: number % 3,
                operation: .write([UInt8(truncatingIfNeeded: number)])))
    }

    /// What a log is, in the plainest way: the epoch of every place.
    private func check(_ log: ChainLog, is epochs: [UInt64], from base: UInt64) {
        #expect(log.last == UInt64(epochs.count), "\(replay)")
        #expect(log.base == base, "\(replay)")
        for index in base...log.last {
            let expected = index == 0 ? 0 : epochs[Int(index) - 1]
            #expect(log.epoch(at: index) == expected, "\(replay)")
        }
        #expect(log.epoch(at: log.last + 1) == nil)
        if base > 0 { #expect(log.epoch(at: base - 1) == nil) }
        var runs: [EpochRun] = []
        if base < log.last {
            for index in base + 1...log.last where runs.last?.epoch != epochs[Int(index) - 1] {
                runs.append(EpochRun(epoch: epochs[Int(index) - 1], first: index))
            }
        }
        #expect(log.runs == runs, "\(replay)")
    }

    @Test func `appends, truncations and compactions leave what a plain list has`() {
        var generator = testSeed.derived(for: "chain log").generator()
        for _ in 0..<40 {
            var log = ChainLog()
            var epochs: [UInt64] = []
            var (base, epoch): (UInt64, UInt64) = (0, 1)
            for number in 1...200 {
                switch generator.next(below: 12) {
                case 0:
                    let place = base + generator.next(below: log.last - base + 1)
                    log.truncate(to: place)
                    epochs.removeLast(epochs.count - Int(place))
                    epoch += 1
                case 1 where log.last > base:
                    base += 1 + generator.next(below: log.last - base)
                    log.compact(through: base)
                case 2: epoch += 1
                default:
                    log.append(entry(epoch, UInt64(number)))
                    epochs.append(epoch)
                }
                check(log, is: epochs, from: base)
            }
        }
    }

    @Test func `logs agree up to the last place where their epochs are the same`() {
        var generator = testSeed.derived(for: "agreement").generator()
        for _ in 0..<500 {
            // Two logs that share a beginning and then go on in epochs of their own.
            var (left, right) = (ChainLog(), ChainLog())
            let shared = generator.next(below: 20)
            var epoch: UInt64 = 1
            for number in 0..<shared {
                epoch += generator.next(below: 4) == 0 ? 1 : 0
                left.append(entry(epoch, number))
                right.append(entry(epoch, number))
            }
            for number in 0..<generator.next(below: 8) { left.append(entry(epoch + 1, number)) }
            for number in 0..<generator.next(below: 8) { right.append(entry(epoch + 2, number)) }
            // What was dropped was committed, and so is shared.
            let leftBase = generator.next(below: shared + 1)
            left.compact(through: leftBase)
            right.compact(through: generator.next(below: shared + 1))
            let agreed = left.agreement(
                base: right.base, epoch: right.baseEpoch, last: right.last, runs: right.runs)
            #expect(agreed == shared, "\(replay)")
        }
    }

    @Test func `a log that no longer has the place where they part says nothing`() {
        var (left, right) = (ChainLog(), ChainLog())
        for number in UInt64(1)...9 { left.append(entry(1, number)) }
        for number in UInt64(1)...3 { right.append(entry(1, number)) }
        left.compact(through: 5)
        #expect(
            left.agreement(base: 0, epoch: 0, last: right.last, runs: right.runs) == nil)
        right.append(entry(1, 4))
        right.append(entry(1, 5))
        #expect(left.agreement(base: 0, epoch: 0, last: 5, runs: right.runs) == 5)
    }

    @Test func `records that are made fewer lead to the same memory`() {
        var chain = HandDrivenChain.running(3) {
            $0.compaction = CompactionRule(entries: 3, keeping: 3)
        }
        for number in UInt64(1)...30 {
            chain.write(0, UInt8(number), number: number, key: number % 4)
            if number % 3 == 0 { chain.settle() }
            if number == 17 {
                chain.configure(2, [0, 1, 2])
                chain.settle()
            }
        }
        for node in UInt32(0)..<3 {
            let records = chain.disks[NodeID(node)] ?? []
            let fewer = ChainRecord.compact(records)
            #expect(fewer.count < records.count / 2)
            let (before, after) = (ReplicaMemory(records), ReplicaMemory(fewer))
            #expect(after.disk == before.disk && after.configuration == before.configuration)
            #expect(after.committed == before.committed && after.state == before.state)
            #expect(after.log.last == before.log.last && after.log.runs == before.log.runs)
        }
    }

    @Test func `a node that restarts has what its disk has`() {
        var chain = HandDrivenChain.running(2)
        for number in UInt64(1)...5 { chain.write(0, UInt8(number), number: number) }
        chain.settle()
        chain.write(0, 6, number: 6)
        let (member, state) = (chain.member(0), chain.replica(0).state)
        chain.crash(NodeID(0))
        chain.start(NodeID(0))
        #expect(chain.member(0) == member && chain.replica(0).log.last == 5)
        #expect(chain.replica(0).durable == 5)
        #expect(chain.replica(0).committed <= state.applied)
    }
}

@Suite struct ChainSettingsTests {
    private func refusal(_ change: (inout ChainSettings) -> Void) -> ChainError? {
        var settings = ChainSettings(
            cluster: ClusterID(1), wardens: [NodeID(9)], replicas: [NodeID(0), NodeID(1)], size: 2)
        change(&settings)
        do throws(ChainError) {
            try settings.validate()
            return nil
        } catch { return error }
    }

    @Test func `what cannot be run is refused, with what is wrong`() {
        #expect(refusal { _ in } == nil)
        #expect(refusal { $0.wardens = [] } == .noWardens)
        #expect(refusal { $0.replicas = [] } == .noReplicas)
        #expect(refusal { $0.size = 0 } == .noReplicas)
        #expect(refusal { $0.size = 3 } == .tooFewReplicas(wanted: 3, given: 2))
        #expect(refusal { $0.founders = 1 } == nil)
        for founders in [0, 3] {
            #expect(
                refusal { $0.founders = founders } == .foundersOutOfRange(founders, size: 2))
        }
        #expect(refusal { $0.replicas = [NodeID(0), NodeID(0)] } == .repeatedNode)
        #expect(refusal { $0.window = 0 } == .tooSmall("window"))
        #expect(refusal { $0.resend = .zero } == .tooSmall("resend"))
        #expect(refusal { $0.lease = $0.heartbeat } == .shorterThanHeartbeat("lease"))
        #expect(refusal { $0.suspicion = .zero } == .shorterThanHeartbeat("suspicion"))
        #expect(refusal { $0.drift = 1 } == .driftOutOfRange(1))
        let lines = [ChainError.noWardens, .tooFewReplicas(wanted: 3, given: 2)]
        #expect(lines.allSatisfy { !$0.description.contains("\n") && !$0.description.isEmpty })
    }
}
