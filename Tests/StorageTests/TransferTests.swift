import Glibc
import Testing

@testable import Storage

/// What the kernel's answers to a transfer lead to, without a kernel.
@Suite struct TransferTests {
    private func transfer(
        _ kind: Transfer.Kind, count: Int = 4096, thenSync: Bool = false
    ) -> Transfer {
        var transfer = Transfer()
        transfer.kind = kind
        transfer.count = kind == .sync ? 0 : count
        transfer.thenSync = thenSync
        return transfer
    }

    private func answer(
        _ transfer: inout Transfer, data: Int32? = nil, sync: Int32? = nil, alignment: Int = 1,
        isSevered: Bool = false
    ) -> Transfer.Step {
        transfer.dataAnswer = data
        transfer.syncAnswer = sync
        transfer.settle(alignment: alignment, isSevered: isSevered, path: "file")
        return transfer.nextStep(canLink: true)
    }

    @Test func `a short transfer is continued where it stopped`() {
        for kind in [Transfer.Kind.read, .write] {
            var moving = transfer(kind)
            let first = answer(&moving, data: 1000)
            #expect(first == .data)
            let part = moving.done
            #expect(part == 1000)
            let second = answer(&moving, data: 3096)
            #expect(second == .finished)
            let (done, error) = (moving.done, moving.error)
            #expect(done == 4096 && error == nil)
        }
    }

    @Test func `a read that brings nothing is at the end, a write is not`() {
        var reading = transfer(.read)
        _ = answer(&reading, data: 1000)
        let end = answer(&reading, data: 0)
        #expect(end == .finished)
        let (done, error) = (reading.done, reading.error)
        #expect(done == 1000 && error == nil)
        var writing = transfer(.write)
        let more = answer(&writing, data: 0)
        #expect(more == .data)
    }

    @Test func `direct I/O that ends off its alignment is at the end`() {
        var reading = transfer(.read, count: 8192)
        let aligned = answer(&reading, data: 4096, alignment: 512)
        #expect(aligned == .data)
        let odd = answer(&reading, data: 100, alignment: 512)
        #expect(odd == .finished)
        let done = reading.done
        #expect(done == 4196)
    }

    @Test func `a signal is no failure, and nothing goes on for ever`() {
        for (kind, data, sync) in [
            (Transfer.Kind.read, -EINTR, nil), (.write, -EAGAIN, nil), (.write, 0, nil),
            (.sync, nil, -EINTR),
        ] as [(Transfer.Kind, Int32?, Int32?)] {
            var passing = transfer(kind)
            for _ in 1..<Transfer.attemptLimit {
                let step = answer(&passing, data: data, sync: sync)
                #expect(step == (kind == .sync ? .sync : .data))
            }
            let last = answer(&passing, data: data, sync: sync)
            #expect(last == .finished)
            let error = passing.error
            guard case .stalled = error else {
                Issue.record("\(String(describing: error)) is not a stall")
                return
            }
        }
    }

    @Test func `an attempt that moves something begins the count anew`() {
        var moving = transfer(.write)
        for _ in 0..<3 {
            for _ in 1..<Transfer.attemptLimit { _ = answer(&moving, data: -EINTR) }
            let step = answer(&moving, data: 1)
            #expect(step == .data)
        }
    }

    @Test func `a write is durable only by a sync behind its last byte`() {
        var whole = transfer(.write, thenSync: true)
        let steps = [whole.nextStep(canLink: true), whole.nextStep(canLink: false)]
        #expect(steps == [.dataThenSync, .data])
        let done = answer(&whole, data: 4096, sync: 0)
        #expect(done == .finished)

        var short = transfer(.write, thenSync: true)
        let rest = answer(&short, data: 4000, sync: -ECANCELED)
        #expect(rest == .dataThenSync)
        // The sync of a chain that the kernel did not break ran all the same before the rest.
        var odd = transfer(.write, thenSync: true)
        let again = answer(&odd, data: 4000, sync: 0)
        #expect(again == .dataThenSync)

        var severed = transfer(.write, thenSync: true)
        let sync = answer(&severed, data: 4096, sync: 0, isSevered: true)
        #expect(sync == .sync)
        let synced = answer(&severed, sync: 0)
        #expect(synced == .finished)

        var unsynced = transfer(.write)
        let plain = answer(&unsynced, data: 4096)
        #expect(plain == .finished)
    }

    @Test func `a failed sync is an error even in a severed chain`() {
        for isSevered in [false, true] {
            var failed = transfer(.write, thenSync: true)
            let step = answer(&failed, data: 4096, sync: -EIO, isSevered: isSevered)
            #expect(step == .finished)
            let error = failed.error
            #expect(error == .refused(.sync, path: "file", ErrorNumber(code: EIO)))
        }
    }

    @Test func `the table hands done transfers out in their order, over and over`() {
        let table = TransferTable(capacity: 3)
        var order: [Int] = []
        for round in 0..<10 {
            let entries = (0..<3).map { _ in table.begin(Transfer()) }
            #expect(Set(entries) == [0, 1, 2])
            let finished = round % 2 == 0 ? entries : entries.reversed()
            for entry in finished { table.finish(entry) }
            order = []
            while let entry = table.nextDone() {
                order.append(entry)
                table.end(entry)
            }
            #expect(order == finished)
        }
    }
}
