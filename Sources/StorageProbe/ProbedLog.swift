import Glibc
import Storage

/// A log that is appended to durably, record after record.
enum ProbedLog: ProbedSubject {
    /// Lengths that lie within a sector, across some, and across pages.
    fileprivate static func record(_ number: UInt64) -> [UInt8] {
        let count = [24, 300, 4096, 700, 9000][Int(number % 5)]
        return Reports.bytes(number)
            + [UInt8](repeating: UInt8(truncatingIfNeeded: number &* 37 &+ 1), count: count)
    }

    static func run(
        in directory: String, promised: [UInt64: UInt64], isCheck: Bool
    ) throws(StorageError) {
        var log = try recover(in: directory, promised)
        if isCheck { return }
        while true {
            let bytes = record(log.next)
            _ = try log.file.appendAndSync(bytes.span)
            Reports.send(0, log.next)
            log.next += 1
        }
    }

    /// A log that was held against its promises, and the number of its next record.
    fileprivate struct Recovered: ~Copyable {
        var file: AppendFile
        var next: UInt64
    }

    /// Holds what is there against what was promised.
    fileprivate static func recover(
        in directory: String, _ promised: [UInt64: UInt64]
    ) throws(StorageError) -> Recovered {
        let path = directory + "/log"
        var file = try AppendFile(path: path, options: .init(engine: .automatic))
        let content = Reports.content(of: path) ?? []
        var position = 0
        var number: UInt64 = 0
        while true {
            let expected = record(number)
            guard content.count - position >= expected.count,
                content[position..<position + expected.count].elementsEqual(expected)
            else { break }
            position += expected.count
            number += 1
        }
        if let last = promised[0], number <= last {
            Reports.broken("record \(last) was durable; whole are only those below \(number)")
        }
        try file.truncate(to: UInt64(position))
        return Recovered(file: file, next: number)
    }
}

/// The same by somebody who says "durable" too early: before the sync, which comes with every 64th
/// record. A check that does not find that out is none.
enum ProbedHaste: ProbedSubject {
    static func run(
        in directory: String, promised: [UInt64: UInt64], isCheck: Bool
    ) throws(StorageError) {
        var log = try ProbedLog.recover(in: directory, promised)
        if isCheck { return }
        while true {
            let bytes = ProbedLog.record(log.next)
            _ = try log.file.append(bytes.span)
            Reports.send(0, log.next)
            log.next += 1
            if log.next % 64 == 0 { try log.file.sync() }
            // At the pace of syncs, so as not to fill the disk.
            usleep(1000)
        }
    }
}
