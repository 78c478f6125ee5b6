import ShenRing
import Testing

/// Values of one type as they came up in simulated runs, by kind, each of which was read back as it
/// was written.
struct WireCorpus<Value: WireCodable>: Sendable {
    private let isSame: @Sendable (Value, Value) -> Bool
    /// The place of the byte that says which kind a value is.
    private let kindPlace: Int
    /// Some of each kind, as bytes: the first ones, and any that is longer.
    private(set) var samples: [UInt8: [[UInt8]]] = [:]
    /// What was not read back as it was written.
    private(set) var problems: [String] = []
    private(set) var count = 0

    init(kindAt place: Int, isSame: @escaping @Sendable (Value, Value) -> Bool) {
        kindPlace = place
        self.isSame = isSame
    }

    /// How many kinds came up.
    var kinds: Int { samples.count }

    /// All samples, in the order of their kinds.
    var all: [[UInt8]] { samples.sorted { $0.key < $1.key }.flatMap(\.value) }

    mutating func take(_ value: Value) {
        count += 1
        let bytes = value.wireBytes
        do throws(WireError) {
            let read = try Value(wire: bytes.span)
            if read.wireBytes != bytes {
                problems.append("\(value): other bytes when written anew")
            }
            if !isSame(read, value) { problems.append("\(value) was read as \(read)") }
        } catch { problems.append("\(value): \(error)") }
        keep(bytes)
    }

    private mutating func keep(_ bytes: [UInt8]) {
        let kind = bytes[kindPlace]
        var kept = samples[kind] ?? []
        if kept.count < 4 {
            kept.append(bytes)
        } else if bytes.count > kept[3].count, bytes.count <= 1_024 {
            kept[3] = bytes
        } else {
            return
        }
        samples[kind] = kept
    }
}

/// Reads bytes as one type and writes them again: what tests of damage need to know of it.
struct WireSubject: CustomTestStringConvertible, Sendable {
    let name: String
    let samples: [[UInt8]]
    /// Whether equal values always have equal bytes, and so nothing but those bytes is read.
    let isCanonical: Bool
    let rewrite: @Sendable ([UInt8]) throws(WireError) -> [UInt8]

    init<Value: WireCodable>(
        _ name: String, _ corpus: WireCorpus<Value>, isCanonical: Bool = true
    ) {
        self.name = name
        self.isCanonical = isCanonical
        samples = corpus.all
        rewrite = { (bytes) throws(WireError) in try Value(wire: bytes.span).wireBytes }
    }

    var testDescription: String { name }
}
