import Quantities
import Storage

/// An object store whose few objects are published again and again, each in several parts.
enum ProbedObjects: ProbedSubject {
    private static let names: UInt64 = 5

    private static func content(_ number: UInt64) -> [UInt8] {
        Reports.content(number, most: 20_000)
    }

    static func run(
        in directory: String, promised: [UInt64: UInt64], isCheck: Bool
    ) throws(StorageError) {
        let store = try ObjectStore(
            path: directory + "/objects",
            options: .init(engine: .automatic, partSize: .kibibytes(4)))
        var next: UInt64 = 0
        for name in 0..<names {
            let last = try number(of: name, in: store)
            if let promised = promised[name], last ?? 0 < promised || last == nil {
                Reports.broken(
                    "object \(name) was published with number \(promised); there is \(last as Any)")
            }
            if let last { next = max(next, last + 1) }
        }
        if isCheck { return try store.close() }
        while true {
            let bytes = content(next)
            var writer = try store.writer(of: "object-\(next % names)")
            try writer.write(bytes.span)
            try writer.publish()
            Reports.send(next % names, next)
            next += 1
        }
    }

    /// The number in the object `name`, which must be whole.
    private static func number(
        of name: UInt64, in store: ObjectStore
    ) throws(StorageError) -> UInt64? {
        guard var reader = try store.reader(of: "object-\(name)") else { return nil }
        var bytes: [UInt8] = []
        while try reader.next({ part throws(StorageError) in
            for index in part.indices { bytes.append(part[index]) }
        }) {}
        let number = bytes.count >= 8 ? Reports.word(bytes.prefix(8)) : 0
        guard bytes == content(number), number % names == name else {
            Reports.broken("object \(name) is torn or another's: \(bytes.count) bytes")
        }
        return number
    }
}
