import Quantities
import StateMachines
import Storage

@testable import Shen
@testable import StorageFaults

/// A machine with a log on it, with calls as short as a test wants them.
struct SimulatedLog {
    let machine: SimulatedFileSystem
    var options = SegmentedLog.Options(
        durability: .each, segmentSize: ByteCount(1000), growth: .exact,
        indexInterval: ByteCount(256), openSegments: 3)

    init(_ machine: SimulatedFileSystem = SimulatedFileSystem()) { self.machine = machine }

    /// Opens the log.
    func open(
        planting mistake: ShenMistake? = nil
    ) throws(StorageError) -> LogEngine<SimulatedOperations> {
        let maker = SimulationMaker(machine)
        var setting = LogSetting<SimulatedOperations>(path: "log", options: options) {
            () throws(StorageError) in maker.make()
        }
        setting.planted = Planted(mistake)
        return try LogEngine(setting)
    }

    /// The path of the segment that begins with offset `base`.
    static func segment(_ base: UInt64) -> String { "log/\(SegmentHeader.name(of: base))" }

    /// The path of its index.
    static func index(_ base: UInt64) -> String { "log/\(SegmentHeader.indexName(of: base))" }

    /// The names of the segments.
    var segments: [UInt64] {
        (try? SimulatedOperations(on: machine).entries(ofDirectory: "log"))?
            .compactMap(SegmentHeader.base(ofName:)) ?? []
    }

    /// Puts other bytes in the place of a file's, on the device as well.
    func damage(_ path: String, _ body: (inout [UInt8]) -> Void) {
        machine.tamper { state in
            guard let image = state.image(at: path) else { return }
            var bytes = image.bytes(at: 0, count: Int(image.size))
            body(&bytes)
            state.replaceFile(at: path, by: FileImage(bytes))
        }
    }
}

extension FileImage {
    /// A file with this content.
    init(_ bytes: [UInt8]) {
        self.init()
        for (index, sector) in sectors(writing: bytes[...], at: 0) {
            replaceSector(index, by: sector)
        }
        resize(to: UInt64(bytes.count))
    }
}

extension LogEngine where Operations: ~Copyable {
    /// Appends records, all at `time` seconds.
    @discardableResult
    func append(
        _ records: [[UInt8]], at time: Int64 = 0, _ stamp: ProducerStamp? = nil
    ) throws(LogError) -> Appended {
        var batch = RecordBatch(time: Moment(nanoseconds: time * 1_000_000_000))
        for record in records { batch.add(record.span) }
        return try append(batch, stamp)
    }

    /// The bytes of all records.
    func everything() throws(LogError) -> [[UInt8]] {
        let view = currentView
        var found: [[UInt8]] = []
        while view.first + UInt64(found.count) < view.end {
            found += try records(from: view.first + UInt64(found.count), upTo: 1 << 16)
                .map(\.bytes)
        }
        return found
    }
}

/// A record of `count` bytes that tells which it is.
func record(_ number: Int, _ count: Int = 100) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number &* 31 &+ $0 &* 7) }
}

/// A producer's word.
func stamp(_ producer: UInt64, _ epoch: UInt32, _ sequence: UInt64) -> ProducerStamp {
    ProducerStamp(producer: ProducerID(producer), epoch: epoch, sequence: sequence)
}
