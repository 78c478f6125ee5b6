public import Storage

/// Why a log does not do what it was asked.
public enum LogError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Retention has removed the record; `first` is the oldest offset that there is.
    case offsetTooOld(first: UInt64)
    /// There is no such record yet; `end` is the offset that the next one will get.
    case offsetBeyondEnd(end: UInt64)
    /// What was being read is no part of the log any more: it was cut back to this offset.
    case truncated(to: UInt64)
    /// The log cannot be cut within a batch, which is there whole or not at all.
    case insideBatch(first: UInt64, count: Int)
    /// A batch without records.
    case emptyBatch
    /// A batch of more bytes or records than the log can hold in one.
    case batchTooLarge(bytes: Int, records: Int, byteLimit: Int, recordLimit: Int)
    /// The batch is not the producer's next.
    case producer(ProducerRefusal)
    /// What the world did: a full disk, a refused call, a file that is not as it was written.
    case storage(StorageError)

    /// One line that says why.
    public var description: String {
        switch self {
        case .offsetTooOld(let first):
            "the record was removed by retention; the oldest one has offset \(first)"
        case .offsetBeyondEnd(let end): "no such record yet; the log ends at offset \(end)"
        case .truncated(let end): "the log was cut back to offset \(end) while it was read"
        case .insideBatch(let first, let count):
            "cannot cut within the batch of \(count) records at offset \(first)"
        case .emptyBatch: "a batch without records"
        case .batchTooLarge(let bytes, let records, let byteLimit, let recordLimit):
            "a batch of \(records) records in \(bytes) bytes; one has at most \(recordLimit) "
                + "records and \(byteLimit) bytes"
        case .producer(let refusal): "\(refusal)"
        case .storage(let error): "\(error)"
        }
    }
}

/// Turns an error of storage into one of the log.
func translating<Value: ~Copyable>(
    _ body: () throws(StorageError) -> Value
) throws(LogError) -> Value {
    do throws(StorageError) {
        return try body()
    } catch {
        throw .storage(error)
    }
}
