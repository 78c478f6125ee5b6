import Glibc
import Quantities
import Storage

/// A log to which several threads append, sharing syncs.
enum ProbedGroup: ProbedSubject {
    private static let threads = 3
    private static let recordSize = 200

    private static func record(_ thread: UInt64, _ number: UInt64) -> [UInt8] {
        let head = Reports.bytes(thread) + Reports.bytes(number)
        let filling = UInt8(truncatingIfNeeded: number &* 37 &+ thread &+ 1)
        return head + [UInt8](repeating: filling, count: recordSize - head.count)
    }

    static func run(
        in directory: String, promised: [UInt64: UInt64], isCheck: Bool
    ) throws(StorageError) {
        let path = directory + "/group"
        let (next, end) = try recover(path, promised)
        if isCheck { return }
        var trimmed = try AppendFile(path: path, options: .init(engine: .automatic))
        try trimmed.truncate(to: UInt64(end))
        try trimmed.close()
        let file = try SharedAppendFile(
            path: path, options: .init(engine: .automatic),
            durability: .group(maxDelay: .microseconds(50)))
        for thread in 1..<UInt64(threads) {
            let number = next[thread] ?? 0
            ProbeThread.start {
                do throws(StorageError) {
                    try append(thread, from: number, to: file)
                } catch {
                    Reports.fail("\(error)", status: 70)
                }
            }
        }
        try append(0, from: next[0] ?? 0, to: file)
    }

    private static func append(
        _ thread: UInt64, from first: UInt64, to file: SharedAppendFile
    ) throws(StorageError) {
        var number = first
        while true {
            let bytes = record(thread, number)
            _ = try file.append(bytes.span)
            Reports.send(thread, number)
            number += 1
        }
    }

    /// What each thread goes on with, and where the whole records end.
    private static func recover(
        _ path: String, _ promised: [UInt64: UInt64]
    ) throws(StorageError) -> ([UInt64: UInt64], end: Int) {
        let content = Reports.content(of: path) ?? []
        var next: [UInt64: UInt64] = [:]
        var position = 0
        while content.count - position >= recordSize {
            let bytes = content[position..<position + recordSize]
            let thread = Reports.word(bytes.prefix(8))
            let number = next[thread] ?? 0
            guard thread < UInt64(threads), bytes.elementsEqual(record(thread, number)) else {
                break
            }
            next[thread] = number + 1
            position += recordSize
        }
        for thread in promised.keys.sorted() {
            guard let last = promised[thread], next[thread] ?? 0 <= last else { continue }
            Reports.broken(
                "record \(last) of thread \(thread) was durable; whole are only those below "
                    + "\(next[thread] ?? 0)")
        }
        return (next, position)
    }
}
