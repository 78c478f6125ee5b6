import Storage

/// A log that is appended to durably, record after record.
enum ProbedLog: ProbedSubject {
    /// Lengths that lie within a sector, across some, and across pages.
    private static func record(_ number: UInt64) -> [UInt8] {
        let count = [24, 300, 4096, 700, 9000][Int(number % 5)]
        return Reports.bytes(number)
            + [UInt8](repeating: UInt8(truncatingIfNeeded: number &* 37 &+ 1), count: count)
    }

    static func run(
        in directory: String, promised: [UInt64: UInt64], isCheck: Bool
    ) throws(StorageError) {
        let path = directory + "/log"
        var file = try AppendFile(path: path, options: .init(engine: .automatic))
        let content = Reports.content(of: path)
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
        if isCheck { return }
        while true {
            let bytes = record(number)
            _ = try file.appendAndSync(bytes.span)
            Reports.send(0, number)
            number += 1
        }
    }
}
