import Randomness
import Simulation
import StateMachines
import Testing

@Suite struct DiskTests {
    private static func stored(_ told: [Told]) -> [[Int64]] {
        told.compactMap { told in
            guard case .stored(let position, _) = told.event else { return nil }
            return [Int64(position), told.moment.nanoseconds / ms]
        }
    }

    @Test func `what is stored during a sync shares the next one`() {
        let cluster = Probes(1)
        cluster.ask(.store([10]), of: n0)
        cluster.ask(.store([20]), of: n0)
        cluster.ask(.store([30, 40]), of: n0)
        #expect(cluster.durable(on: n0).isEmpty)
        #expect(Self.stored(cluster.told(until: 10 * ms)) == [[1, 1], [4, 2]])
        #expect(cluster.durable(on: n0) == [10, 20, 30, 40])
    }

    @Test func `a sync makes no more records durable than its group holds`() {
        let disk = DiskConditions(sync: .constant(.milliseconds(1)), group: 2)
        let cluster = Probes(1, disk: disk)
        cluster.ask(.store([1, 2, 3, 4, 5]), of: n0)
        #expect(Self.stored(cluster.told(until: 10 * ms)) == [[2, 1], [4, 2], [5, 3]])
    }

    @Test func `after a crash a node has what was synced, and counts positions from zero again`() {
        let cluster = Probes(1)
        cluster.ask(.store([1, 2]), of: n0)
        _ = cluster.told(until: ms)
        cluster.ask(.store([3]), of: n0)
        #expect(cluster.inflict(.crash(n0)))
        #expect(cluster.durable(on: n0) == [1, 2])
        #expect(cluster.inflict(.restart(n0)))
        cluster.ask(.store([4]), of: n0)
        let told = cluster.told(until: 10 * ms)
        #expect(told.first?.event == .started(recovered: [1, 2], Moment(nanoseconds: ms)))
        // The sync of the former life tells this one nothing.
        #expect(Self.stored(told) == [[1, 2]])
        #expect(cluster.durable(on: n0) == [1, 2, 4])
    }

    @Test func `a lost disk is empty`() {
        let cluster = Probes(1)
        cluster.ask(.store([1, 2]), of: n0)
        _ = cluster.told(until: ms)
        cluster.inflict(.crash(n0, disk: .loses))
        #expect(cluster.durable(on: n0).isEmpty)
        cluster.inflict(.restart(n0))
        #expect(
            cluster.told(until: ms).map(\.event) == [
                .started(recovered: [], Moment(nanoseconds: ms))
            ])
    }

    @Test func `of a torn disk any prefix of what was not synced survives, and nothing else`() {
        var survivors: Set<Int> = []
        for seed in 0..<100 {
            let cluster = Probes(1, seed: Seed(UInt64(seed)))
            cluster.ask(.store([1]), of: n0)
            _ = cluster.told(until: ms)
            cluster.ask(.store([2, 3]), of: n0)
            cluster.ask(.store([4]), of: n0)
            cluster.inflict(.crash(n0, disk: .tears))
            let durable = cluster.durable(on: n0)
            #expect(durable == Array([1, 2, 3, 4].prefix(durable.count)))
            survivors.insert(durable.count)
        }
        #expect(survivors == [1, 2, 3, 4])
    }

    @Test func `a failed sync ends the node's life with a torn disk, once`() {
        let cluster = Probes(1)
        cluster.ask(.store([1]), of: n0)
        #expect(cluster.inflict(.failSyncs(n0)))
        #expect(cluster.faults(until: 10 * ms) == [.crash(n0, disk: .tears)])
        #expect(cluster.isDown(n0))
        cluster.inflict(.restart(n0))
        cluster.ask(.store([2]), of: n0)
        #expect(cluster.faults(until: 20 * ms).isEmpty)
        #expect(cluster.durable(on: n0).last == 2)
    }

    @Test func `a disk whose syncs fail for good ends every life until it is mended`() {
        let cluster = Probes(1)
        cluster.inflict(.failSyncs(n0, lasting: true))
        for life in 1...3 {
            cluster.ask(.store([life]), of: n0)
            #expect(
                cluster.faults(until: Int64(life) * 10 * ms) == [.crash(n0, disk: .tears)])
            cluster.inflict(.restart(n0))
        }
        #expect(cluster.inflict(.mend(n0)))
        #expect(!cluster.inflict(.mend(n0)))
        cluster.ask(.store([9]), of: n0)
        #expect(cluster.faults(until: 100 * ms).isEmpty)
        #expect(cluster.durable(on: n0).last == 9)
    }

    @Test func `the share of syncs that fail is that of the conditions`() {
        let disk = DiskConditions(sync: .constant(.milliseconds(1)), failure: 0.2)
        let cluster = Probes(1, seed: Seed(8), disk: disk)
        var failed = 0
        for turn in 1...5_000 {
            cluster.ask(.store([turn]), of: n0)
            failed += cluster.faults(until: Int64(turn) * 2 * ms).count
            cluster.inflict(.restart(n0))
        }
        #expect(isNear(Double(failed) / 5_000, 0.2, of: 5_000))
    }

    @Test func `a disk that hangs ends no sync until it is mended, and then takes its time`() {
        let cluster = Probes(1)
        cluster.ask(.store([1]), of: n0)
        #expect(cluster.inflict(.stall(n0)))
        #expect(!cluster.inflict(.stall(n0)))
        cluster.ask(.store([2]), of: n0)
        #expect(cluster.told(until: 50 * ms).isEmpty)
        #expect(cluster.inflict(.mend(n0)))
        #expect(Self.stored(cluster.told(until: 100 * ms)) == [[1, 51], [2, 52]])
    }

    @Test func `a disk that hung while nothing was stored begins when it is mended`() {
        let cluster = Probes(1)
        cluster.inflict(.stall(n0))
        cluster.ask(.store([1, 2]), of: n0)
        #expect(cluster.told(until: 5 * ms).isEmpty)
        cluster.inflict(.mend(n0))
        #expect(Self.stored(cluster.told(until: 10 * ms)) == [[2, 6]])
    }

    @Test func `durable records are replaced by fewer where the harness knows how`() {
        let cluster = Probes(1)
        cluster.simulator.compact = { [$0.reduce(0, +)] }
        for turn in 1...5_000 {
            cluster.ask(.store([turn]), of: n0)
            _ = cluster.told(until: Int64(turn) * ms)
            #expect(cluster.durable(on: n0).count <= 1_024)
        }
        #expect(cluster.durable(on: n0).reduce(0, +) == 5_000 * 5_001 / 2)
    }
}
