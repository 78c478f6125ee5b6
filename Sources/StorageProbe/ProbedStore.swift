import Quantities
import Storage

/// A key-value store whose keys are overwritten in turn, and which is compacted now and then.
enum ProbedStore: ProbedSubject {
    private static let keys: UInt64 = 61

    private static func value(_ number: UInt64) -> [UInt8] {
        Reports.content(number, most: 1500)
    }

    static func run(
        in directory: String, promised: [UInt64: UInt64], isCheck: Bool
    ) throws(StorageError) {
        let store = try KeyValueStore(
            path: directory + "/store",
            options: .init(
                engine: .automatic, durability: .each, segmentSize: .kibibytes(64),
                growth: .zeroFilled(step: .kibibytes(16))))
        var next: UInt64 = 0
        for key in 0..<keys {
            let last = try number(of: key, in: store)
            if let promised = promised[key], last ?? 0 < promised || last == nil {
                Reports.broken(
                    "value \(promised) of key \(key) was durable; there is \(last as Any)")
            }
            if let last { next = max(next, last + 1) }
        }
        if isCheck { return try store.close() }
        while true {
            let key = Reports.bytes(next % keys)
            let bytes = value(next)
            try store.put(key.span, bytes.span)
            Reports.send(next % keys, next)
            next += 1
            if next % 150 == 0 { _ = try store.compact() }
        }
    }

    /// The number in the value of `key`, which must be whole.
    private static func number(
        of key: UInt64, in store: KeyValueStore
    ) throws(StorageError) -> UInt64? {
        let name = Reports.bytes(key)
        guard let bytes = try store.value(of: name.span) else { return nil }
        let number = Reports.word(bytes.prefix(8))
        guard bytes == value(number), number % keys == key else {
            Reports.broken("the value of key \(key) is torn or another's: \(bytes.count) bytes")
        }
        return number
    }
}
