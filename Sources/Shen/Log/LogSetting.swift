import Quantities
import StateMachines
import Storage

/// What a log was opened with.
struct LogSetting<Operations: FileOperations & ~Copyable>: Sendable {
    let path: String
    let options: SegmentedLog.Options
    /// Makes the operations of one more user of the files.
    let make: LogDirectory<Operations>.Maker
    /// A number that no segment of this log had before.
    let makeSalt: @Sendable () -> UInt64
    /// What is done wrong, to see that the tests notice.
    package var planted = Planted<ShenMistake>()

    init(
        path: String, options: SegmentedLog.Options,
        make: @escaping LogDirectory<Operations>.Maker,
        makeSalt: @escaping @Sendable () -> UInt64 = { .random(in: .min ... .max) }
    ) {
        precondition(
            options.segmentSize.rawValue > 0 && options.segmentSize.rawValue <= 1 << 40,
            "segments of \(options.segmentSize)")
        precondition(options.indexInterval.rawValue > 0, "an entry each \(options.indexInterval)")
        precondition(options.groupCapacity.rawValue > 0, "groups of \(options.groupCapacity)")
        precondition(options.producerLimit > 0, "room for \(options.producerLimit) producers")
        precondition(options.openSegments > 0, "\(options.openSegments) open segments")
        if case .zeroFilled(let step) = options.growth {
            precondition(step.rawValue > 0, "a file cannot grow in steps of \(step)")
        }
        self.path = path
        self.options = options
        self.make = make
        self.makeSalt = makeSalt
    }

    /// Whether this mistake is to be made.
    func has(_ mistake: ShenMistake) -> Bool {
        planted.has(mistake)
    }

    /// What the checksums of a segment's frames depend on.
    func frameSalt(_ salt: UInt64) -> UInt64 { has(.staleBlockTaken) ? 0 : salt }

    /// The path of the segment that begins with offset `base`.
    func path(ofSegment base: UInt64) -> String { "\(path)/\(SegmentHeader.name(of: base))" }
}
