import StateMachines
import Testing

@testable import Shen

@Suite struct PartitionCommandTests {
    @Test func `a command comes back from its bytes, and from no others`() {
        let record: [UInt8] = [1, 2, 3]
        var batch = RecordBatch(record.span, time: Moment(nanoseconds: 5))
        batch.add(Swift.Span())
        let command = PartitionCommand(batch, stamp(3, 4, 5))
        let bytes = command.bytes
        #expect(PartitionCommand(bytes.span) == command)
        for count in 0..<bytes.count {
            #expect(PartitionCommand(Array(bytes.prefix(count)).span) == nil)
        }
        #expect(PartitionCommand((bytes + [0]).span) == nil)
    }
}
