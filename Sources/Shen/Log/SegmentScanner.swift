import Storage

/// Reads a segment from its first frame to its end, in large reads, and checks every frame.
struct SegmentScanner<Operations: FileOperations & ~Copyable>: ~Copyable {
    /// Something that is no frame.
    struct Damage {
        let position: UInt64
        let why: String
    }

    /// What was found.
    struct Outcome {
        /// Where the last frame ends.
        var length: UInt64
        /// The offset behind its last record.
        var end: UInt64
        /// How much of the segment was durable by what its frames say.
        var durable: UInt64 = 0
        /// The newest time of the frames.
        var newest = Int64.min
        /// How many frames there are.
        var frames = 0
        /// The mark of the last frame.
        var mark: UInt64 = 0
        /// The number of the last write.
        var number: UInt64 = 0
        /// Where something else than a frame begins; `nil` when the segment ends where a frame does.
        var damage: Damage?
    }

    private let segment: OpenSegment<Operations>
    /// How far the segment is to be read.
    private let limit: UInt64
    private let isChecked: Bool
    private var window: FrameWindow<Operations>

    /// A scanner of the first `limit` bytes of `segment`. Where `isChecked` is not, checksums are not
    /// looked at, which is a mistake.
    init(
        _ segment: OpenSegment<Operations>, upTo limit: UInt64, isChecked: Bool = true,
        operations: consuming Operations
    ) {
        self.segment = segment
        self.limit = limit
        self.isChecked = isChecked
        window = FrameWindow(capacity: 1 << 20, operations: operations)
    }

    /// The table of producers that the segment begins with.
    mutating func table(producers: Int) throws(StorageError) -> ProducerTable {
        let header = segment.header
        let place = try window.place(
            of: header.tableCount, at: UInt64(SegmentHeader.size), in: segment,
            limit: max(limit, header.start))
        do throws(StoreProblem) {
            return try window.buffer.withBytes { bytes throws(StoreProblem) in
                guard let place else {
                    throw .missing(why: "it ends within the table of producers")
                }
                return try header.table(
                    bytes.extracting(place..<place + header.tableCount), limit: producers)
            }
        } catch {
            throw .store(path: segment.path, error)
        }
    }

    /// Lets `visit` see header, position and bytes of every frame, from the first or from `start` on, until
    /// the segment ends, something is no frame, or `visit` says `false`.
    mutating func scan(
        from start: SparseIndex.Entry? = nil, _ visit: (FrameHeader, UInt64, Span<UInt8>) -> Bool
    ) throws(StorageError) -> Outcome {
        var outcome = Outcome(
            length: start?.position ?? segment.header.start,
            end: start?.first ?? segment.header.base)
        while outcome.length < limit {
            let position = outcome.length
            let finding = try window.frame(
                at: position, in: segment, limit: limit, isChecked: isChecked)
            switch finding {
            case .broken(let why):
                outcome.damage = Damage(position: position, why: why)
                return outcome
            case .frame(let header, let place):
                guard header.first == outcome.end, header.number > outcome.number,
                    header.durable <= position
                else {
                    outcome.damage = Damage(
                        position: position,
                        why: "write \(header.number) of offset \(header.first) behind write "
                            + "\(outcome.number), which ends before \(outcome.end)")
                    return outcome
                }
                let goesOn = window.buffer.withBytes { bytes in
                    visit(header, position, bytes.extracting(place..<place + header.byteCount))
                }
                guard goesOn else { return outcome }
                outcome.take(header)
            }
        }
        return outcome
    }

    /// What lies behind something that is no frame.
    enum Remainder: Equatable {
        /// Nothing but zeroes: the segment was extended ahead.
        case blank
        /// No frame that was written after a sync of what is damaged: the end was torn.
        case torn
        /// A frame that says of what is damaged that it was durable.
        case written(frameAt: UInt64)
    }

    /// Looks at what lies behind `damage`.
    ///
    /// A frame names the length of the segment that was durable when it was written. What a crash tears
    /// was written after the last sync, and so was everything behind it, in whatever order it reached
    /// the device: no frame behind names a length that reaches beyond the damage. If one does, the damage
    /// came later.
    mutating func remainder(behind damage: Damage) throws(StorageError) -> Remainder {
        var isBlank = true
        var position = damage.position
        while position < limit {
            let count = Int(min(4096, limit - position))
            guard
                let place = try window.place(of: count, at: position, in: segment, limit: limit)
            else { break }
            let isZero = window.buffer.withBytes { $0.isZero(place..<place + count) }
            let end = position + UInt64(count)
            // No frame begins with a block of zeroes, nor within one.
            while !isZero && position < end {
                if try isLater(at: position, than: damage) { return .written(frameAt: position) }
                position += 8
            }
            isBlank = isBlank && isZero
            position = end
        }
        return isBlank ? .blank : .torn
    }

    /// Whether there is a frame at `position` that was written after a sync of what is damaged.
    private mutating func isLater(
        at position: UInt64, than damage: Damage
    ) throws(StorageError) -> Bool {
        // What the header says comes first: bytes that somebody put into a record may look like the
        // header of a long frame at every place, and each would be hashed.
        guard position > damage.position,
            let place = try window.place(
                of: FrameHeader.size, at: position, in: segment, limit: limit),
            let header = window.buffer.withBytes({ FrameHeader($0, at: place) }),
            header.durable > damage.position, header.durable <= position,
            case .frame = try window.frame(at: position, in: segment, limit: limit)
        else { return false }
        return true
    }
}

extension SegmentScanner.Outcome where Operations: ~Copyable {
    /// Counts a frame that follows those before.
    fileprivate mutating func take(_ header: FrameHeader) {
        length += UInt64(header.byteCount)
        end = header.end
        durable = max(durable, header.durable)
        newest = max(newest, header.time)
        mark = header.mark
        number = header.number
        frames += 1
    }
}
