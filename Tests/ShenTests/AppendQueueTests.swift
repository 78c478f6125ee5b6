import ShenRing
import StateMachines
import Testing

@testable import Shen

/// What a node's appends are sent as, and to whom.
@Suite struct AppendQueueTests {
    private static let start = Moment(nanoseconds: 0)

    private func queue(appends: Int) -> AppendQueue {
        let settings = PartitionSettings(
            cluster: ClusterID(1), key: 0, replicas: (0..<3).map { NodeID($0) })
        var queue = AppendQueue(NodeID(0), settings, life: 1)
        for token in 0..<appends {
            let record: [UInt8] = [UInt8(token)]
            queue.add(RecordBatch(record.span, time: Self.start), nil, token: UInt64(token))
        }
        return queue
    }

    @Test func `what is under way goes to whom writes go now, at once and as it was`() {
        var queue = queue(appends: 3)
        let first = queue.due(at: Self.start)
        #expect(first.map(\.1) == [NodeID(0), NodeID(0), NodeID(0)])
        let later = Self.start + .milliseconds(1)
        #expect(queue.due(at: later).isEmpty)
        queue.aim(at: NodeID(2), at: later)
        let second = queue.due(at: later)
        #expect(second.map(\.1) == [NodeID(2), NodeID(2), NodeID(2)])
        #expect(second.map(\.0) == first.map(\.0))
        #expect(queue.due(at: later).isEmpty)
    }

    @Test func `nothing is sent again where writes go whom they went to`() {
        var queue = queue(appends: 2)
        queue.aim(at: NodeID(1), at: Self.start)
        #expect(queue.due(at: Self.start).map(\.1) == [NodeID(1), NodeID(1)])
        queue.aim(at: NodeID(1), at: Self.start)
        #expect(queue.due(at: Self.start).isEmpty)
    }

    @Test func `what does not fit into the window waits, wherever writes go`() {
        var queue = queue(appends: 8)
        #expect(queue.due(at: Self.start).count == 5)
        queue.aim(at: NodeID(2), at: Self.start)
        #expect(queue.due(at: Self.start).count == 5)
    }
}
