import Quantities
import Storage

/// A block store whose pages are replaced in turn: new content goes to a new page, the root refers to
/// it, and the old page is freed in the same sync.
enum ProbedBlocks: ProbedSubject {
    /// How many pages the root refers to.
    private static let slots: UInt64 = 13

    private static func content(_ number: UInt64) -> [UInt8] {
        Reports.content(number, most: 4000)
    }

    static func run(
        in directory: String, promised: [UInt64: UInt64], isCheck: Bool
    ) throws(StorageError) {
        var store = try BlockStore(
            path: directory + "/blocks", options: .init(engine: .automatic, capacity: 256))
        // The root: how many numbers there were, and the page of the last one in each slot.
        var root = words(of: store.root)
        if root.isEmpty { root = [UInt64](repeating: .max, count: Int(slots) + 1) }
        var next = root[0] == .max ? 0 : root[0]
        if let last = promised[0], next <= last {
            Reports.broken("number \(last) was durable; the root knows those below \(next)")
        }
        for number in next - min(next, slots)..<next {
            guard try store.read(root[1 + Int(number % slots)]) == content(number) else {
                Reports.broken("the page of number \(number) has another content")
            }
        }
        if isCheck { return try store.close() }
        while true {
            let slot = 1 + Int(next % slots)
            let old = root[slot]
            root[slot] = try store.allocate()
            let bytes = content(next)
            try store.write(root[slot], bytes.span)
            if old != .max { try store.free(old) }
            next += 1
            root[0] = next
            let packed = root.flatMap(Reports.bytes)
            try store.setRoot(packed.span)
            try store.sync()
            Reports.send(0, next - 1)
        }
    }

    private static func words(of bytes: [UInt8]) -> [UInt64] {
        stride(from: 0, to: bytes.count, by: 8).map { Reports.word(bytes[$0..<$0 + 8]) }
    }
}
