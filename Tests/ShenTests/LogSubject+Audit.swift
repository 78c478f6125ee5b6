import Storage
import StorageFaults

@testable import Shen

extension LogEngine where Operations: ~Copyable {
    /// Appends a group in one write; says what kept it from that.
    func commitTogether(_ group: [Submission]) -> LogError? {
        do throws(LogError) {
            try exclusively(closed: LogError.storage) { core throws(LogError) in
                try translating { () throws(StorageError) in
                    try core.append(group, thenSync: false)
                }
            }
            return nil
        } catch {
            return error
        }
    }
}

/// What a log is held against.
extension LogSubject where Operations: ~Copyable {
    mutating func audit(_ promises: inout LogPromises, after crash: Crash) -> String? {
        if let complaint = promises.broken ?? compare(promises, after: crash) { return complaint }
        guard let found = try? contents() else { return "cannot be read a second time" }
        let mark = engine.recovery.mark
        let least = crash.isPowerCut ? promises.durableMark : promises.cachedMark
        if mark < least { return "mark \(least) is lost, the last one is \(mark)" }
        (promises.cachedMark, promises.durableMark) = (mark, mark)
        let there = Set(found.map(\.number))
        let first = engine.currentView.first
        for index in promises.batches.indices {
            var batch = promises.batches[index]
            let isRetired = (batch.first ?? .max) < first && batch.fate != .undone
            batch.fate = there.contains(batch.number) || isRetired ? .durable : .undone
            batch.first = found.first { $0.number == batch.number }?.first ?? batch.first
            promises.batches[index] = batch
        }
        promises.mayBeCut = []
        promises.firsts = [first]
        return nil
    }

    /// A batch as it was found.
    private struct Found {
        let number: Int
        let first: UInt64
    }

    /// What is wrong, if anything is; `crash` is nil where there was none.
    func compare(_ promises: LogPromises, after crash: Crash?) -> String? {
        let found: [Found]
        do throws(LogError) {
            found = try contents()
        } catch .storage(.refused) where crash == nil {
            // A fault that was injected; a crash is audited without.
            return nil
        } catch {
            return "it cannot be read: \(error)"
        }
        let first = engine.currentView.first
        guard promises.firsts.contains(first) else {
            return "it begins with offset \(first), not with one of \(promises.firsts.sorted())"
        }
        return Self.orderComplaint(found, promises)
            ?? Self.presenceComplaint(found, promises, first, crash)
            ?? producersComplaint(found, promises, first)
    }

    private static func orderComplaint(_ found: [Found], _ promises: LogPromises) -> String? {
        var last = -1
        for batch in found {
            guard batch.number > last else {
                return "batch \(batch.number) is there twice or out of order, after \(last)"
            }
            guard batch.number < promises.batches.count else {
                return "batch \(batch.number) was never appended"
            }
            last = batch.number
            let promised = promises.batches[batch.number]
            if promised.fate == .undone { return "batch \(batch.number) was undone and is there" }
            if let first = promised.first, first != batch.first {
                return "batch \(batch.number) is at offset \(batch.first), not at \(first)"
            }
        }
        return nil
    }

    private static func presenceComplaint(
        _ found: [Found], _ promises: LogPromises, _ first: UInt64, _ crash: Crash?
    ) -> String? {
        let there = Set(found.map(\.number))
        let cut = promises.mayBeCut
        if !cut.isDisjoint(with: there), !cut.isSubset(of: there),
            promises.batches.allSatisfy({ !cut.contains($0.number) || $0.fate == .durable })
        {
            return "of the batches \(cut.sorted()), only a part was cut: \(there.sorted())"
        }
        for batch in promises.batches where !there.contains(batch.number) {
            // Retention may take what is below the oldest offset.
            if let offset = batch.first, offset < first { continue }
            if cut.contains(batch.number) { continue }
            switch batch.fate {
            case .durable: return "batch \(batch.number) was durable and is lost; \(there.sorted())"
            case .cached where crash?.isPowerCut != true:
                return "batch \(batch.number) was in the page cache and is lost; \(there.sorted())"
            default: break
            }
        }
        return nil
    }

    /// Whether what is known of the producer is what its batches say, those that were retired among them.
    private func producersComplaint(
        _ found: [Found], _ promises: LogPromises, _ first: UInt64
    ) -> String? {
        let there = Set(found.map(\.number))
        var expected = ProducerTable(limit: 4)
        var offset = first
        for batch in promises.batches {
            guard let stamp = batch.stamp, batch.fate != .undone else { continue }
            if let at = batch.first, at < first {
                expected.store(stamp, count: batch.count, at: at)
            } else if there.contains(batch.number) {
                offset = found.first { $0.number == batch.number }?.first ?? offset
                expected.store(stamp, count: batch.count, at: offset)
            }
        }
        let known = try? engine.exclusively(closed: LogError.storage) { core throws(LogError) in
            core.producers
        }
        guard known != expected else { return nil }
        return "of producers is known \(known?.entries ?? [:]), not \(expected.entries)"
    }

    /// All batches, each checked to be whole.
    private func contents() throws(LogError) -> [Found] {
        let view = engine.currentView
        var found: [Found] = []
        var records: [LogRecord] = []
        while view.first + UInt64(records.count) < view.end {
            let offset = view.first + UInt64(records.count)
            let more = try engine.records(from: offset, upTo: 1 << 20)
            for (index, record) in more.enumerated() {
                precondition(record.offset == offset + UInt64(index), "offsets with a gap")
            }
            records += more
        }
        var place = 0
        while place < records.count {
            let head = records[place].bytes.prefix(4).map(Int.init)
            let count = head.count == 4 ? head[3] : 0
            let number = head.count == 4 ? head[0] + head[1] << 8 : -1
            let bytes = records[place].bytes.count - 4
            let promised = PromisedBatch(number: number, count: count, bytes: bytes, stamp: nil)
            guard count > 0, place + count <= records.count,
                (0..<count).allSatisfy({ records[place + $0].bytes == promised.record($0) })
            else { return found + [Found(number: .max, first: records[place].offset)] }
            found.append(Found(number: number, first: records[place].offset))
            place += count
        }
        return found
    }
}
