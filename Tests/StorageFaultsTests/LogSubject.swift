import CXXHash
import Glibc
import StorageFaults

@testable import Storage

/// What is asked of a log.
enum LogStep: Hashable, Sendable {
    /// A record of so many bytes, not durable.
    case append(Int)
    /// A record of so many bytes, durable.
    case appendDurably(Int)
    case sync
    /// Writes the log anew and gives it the name of the old.
    case replace
    /// Somebody else opens the log, and appends if that succeeds.
    case intrude
}

/// What was promised of each record.
struct LogPromises: Sendable {
    enum Fate: Sendable {
        /// It may be there or not.
        case inDoubt
        /// It survives the process.
        case cached
        /// It survives the machine.
        case durable
        /// It is not there.
        case undone
    }

    var fates: [Fate] = []
    /// By position in the log; the number of a record is its index in `fates`.
    var order: [UInt32] = []
}

/// An append log with records in it that tell whether they are whole; opening it cuts off what is not.
struct LogSubject<Operations: FileOperations & ~Copyable>: CrashSubject, ~Copyable {
    typealias Operation = LogStep
    typealias Promises = LogPromises
    typealias Failure = StorageError

    /// What the subject itself may do wrong, to see that the tests notice.
    enum Carelessness {
        /// Records are not checked when the log is opened again.
        case tornTailReturned
        /// What is found on opening is taken for durable as it is.
        case recoveredWithoutSync
        /// What is found on opening is synced, but not written again: when the sync of an opener
        /// before failed, the kernel has nothing to sync.
        case recoveredWithoutWriting
    }

    private var log: AppendLog<Operations>
    private let growth: AppendFile.Growth
    private let another: () -> Operations
    private let carelessness: Carelessness?
    /// The records that opening found.
    private let found: [UInt32]
    /// Whether a replacement failed halfway, so that it is unknown which file has the name.
    private var isLost = false

    init(
        growth: AppendFile.Growth = .exact, carelessness: Carelessness? = nil,
        _ operations: @escaping () -> Operations
    ) throws(StorageError) {
        var opened = try AppendLog(
            path: "log", options: .init(engine: .portable, growth: growth),
            operations: operations())
        found = try Self.recover(&opened, carelessness, operations)
        log = opened
        self.growth = growth
        self.carelessness = carelessness
        another = operations
    }

    private static func recover(
        _ log: inout AppendLog<Operations>, _ carelessness: Carelessness?,
        _ operations: () -> Operations
    ) throws(StorageError) -> [UInt32] {
        let content = try readAll(&log)
        let (found, end) = LogRecord.scan(
            content, isCareful: carelessness != .tornTailReturned)
        switch carelessness {
        case .recoveredWithoutSync: log.length = UInt64(end)
        case .recoveredWithoutWriting: try log.truncate(to: UInt64(end))
        case .tornTailReturned, nil:
            // In its place, since nothing else may be durable; and not by appends, of which one that
            // finds no room is cut off.
            var whole = IOBuffer(capacity: max(end, 1))
            whole.append(content.span.extracting(first: end))
            if end > 0 {
                var file = try PositionalFile(
                    path: log.path, flags: O_RDWR, operations: operations())
                try file?.write(&whole, at: 0, thenSync: true)
            }
            try log.truncate(to: UInt64(end))
        }
        return found
    }

    mutating func perform(_ operation: LogStep, _ ledger: Ledger<LogPromises>) {
        guard !isLost else { return }
        switch operation {
        case .append(let count): append(count, thenSync: false, ledger)
        case .appendDurably(let count): append(count, thenSync: true, ledger)
        case .sync:
            guard (try? log.sync()) != nil else { return withdraw(ledger) }
            promiseAll(ledger)
        case .replace:
            do throws(StorageError) {
                try replace()
                promiseAll(ledger)
            } catch {
                withdraw(ledger)
            }
        case .intrude:
            // Two openers of one log overwrite each other, so the second must be refused.
            guard
                var other = try? LogSubject(
                    growth: growth, carelessness: carelessness, another)
            else { return }
            other.append(64, thenSync: true, ledger)
        }
    }

    /// Writes the log anew and gives it the name of the old, as compaction does.
    private mutating func replace() throws(StorageError) {
        try log.checkUsable()
        let content = Array(try Self.readAll(&log).prefix(Int(log.length)))
        var fresh = try AppendLog(
            path: "log.new", options: .init(engine: .portable, growth: growth),
            operations: another())
        try fresh.truncate(to: 0)
        _ = try fresh.append(content.span, thenSync: true)
        do throws(StepFailure) {
            try log.operations.rename("log.new", to: "log")
            isLost = true
            try log.operations.syncDirectory(of: "log")
            isLost = false
        } catch {
            throw StorageError(error, at: "log")
        }
        swap(&log, &fresh)
    }

    private mutating func append(
        _ count: Int, thenSync: Bool, _ ledger: Ledger<LogPromises>
    ) {
        let number = UInt32(ledger.promises.fates.count)
        ledger.promises.fates.append(.inDoubt)
        ledger.promises.order.append(number)
        let record = LogRecord.bytes(number, count: count)
        do throws(StorageError) {
            _ = try log.append(record.span, thenSync: thenSync)
            ledger.promises.fates[Int(number)] = .cached
            if thenSync { promiseAll(ledger) }
        } catch {
            if log.failure == nil { ledger.promises.fates[Int(number)] = .undone }
            withdraw(ledger)
        }
    }

    private func promiseAll(_ ledger: Ledger<LogPromises>) {
        for index in ledger.promises.fates.indices
        where ledger.promises.fates[index] == .cached {
            ledger.promises.fates[index] = .durable
        }
    }

    /// After a failure that poisons nothing is known of what was not durable.
    private func withdraw(_ ledger: Ledger<LogPromises>) {
        guard log.failure != nil || isLost else { return }
        Self.withdrawCached(ledger)
    }

    private static func withdrawCached(_ ledger: Ledger<LogPromises>) {
        for index in ledger.promises.fates.indices
        where ledger.promises.fates[index] == .cached {
            ledger.promises.fates[index] = .inDoubt
        }
    }

    mutating func audit(_ promises: inout LogPromises, after crash: Crash) -> String? {
        if let complaint = LogSubject.compare(found, promises, crash) { return complaint }
        for index in promises.fates.indices { promises.fates[index] = .undone }
        for number in found { promises.fates[Int(number)] = .durable }
        promises.order = found
        return nil
    }

    private static func readAll(
        _ log: inout AppendLog<Operations>
    ) throws(StorageError) -> [UInt8] {
        var content: [UInt8] = []
        var attempts = 0
        while true {
            var buffer = IOBuffer(capacity: 8192)
            do throws(StepFailure) {
                let count = try log.operations.read(
                    buffer.capacity, into: &buffer, from: log.file, at: UInt64(content.count))
                if count == 0 { return content }
            } catch .refused(.read, ErrorNumber(code: EINTR)) where attempts < 5 {
                attempts += 1
                continue
            } catch {
                throw StorageError(error, at: "log")
            }
            buffer.withBytes { span in
                // The span is valid for the call, which copies it.
                unsafe span.withUnsafeBufferPointer { unsafe content.append(contentsOf: $0) }
            }
        }
    }

    private static func compare(
        _ found: [UInt32], _ promises: LogPromises, _ crash: Crash
    ) -> String? {
        var rest = promises.order[...]
        for number in found {
            guard let index = rest.firstIndex(of: number) else {
                return "record \(number) is there twice, out of order or was never appended"
            }
            guard promises.fates[Int(number)] != .undone else {
                return "record \(number) was undone and is there"
            }
            rest = rest[(index + 1)...]
        }
        let present = Set(found)
        for number in promises.order where !present.contains(number) {
            switch promises.fates[Int(number)] {
            case .durable: return "record \(number) was durable and is lost; found \(found)"
            case .cached where !crash.isPowerCut:
                return "record \(number) was in the page cache and is lost; found \(found)"
            default: break
            }
        }
        return nil
    }

    consuming func close(_ ledger: Ledger<LogPromises>) {
        guard (try? log.close()) == nil else { return }
        Self.withdrawCached(ledger)
    }
}

/// Records: length, number, checksum, and bytes that follow from the number.
enum LogRecord {
    static let headerSize = 14

    static func bytes(_ number: UInt32, count: Int) -> [UInt8] {
        let payload = [UInt8](
            repeating: UInt8(truncatingIfNeeded: number &* 37 &+ 1), count: count)
        let head = little(UInt64(count), 2) + little(UInt64(number), 4)
        return head + little(checksum(head + payload), 8) + payload
    }

    /// The numbers of the whole records at the beginning of `content`, and where they end.
    static func scan(_ content: [UInt8], isCareful: Bool) -> (numbers: [UInt32], end: Int) {
        var numbers: [UInt32] = []
        var position = 0
        while position + headerSize <= content.count {
            let count = Int(number(content[position..<position + 2]))
            let end = position + headerSize + count
            if count == 0 || (isCareful && end > content.count) { break }
            let head = content[position..<position + 6]
            let sum = number(content[position + 6..<position + 14])
            let payload = content[(position + headerSize)..<min(end, content.count)]
            if isCareful && checksum(Array(head + payload)) != sum { break }
            numbers.append(UInt32(number(head.suffix(4))))
            position = end
        }
        return (numbers, min(position, content.count))
    }

    private static func little(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func checksum(_ bytes: [UInt8]) -> UInt64 {
        // The array is valid for the call.
        unsafe bytes.withUnsafeBytes { unsafe XXH3_64bits($0.baseAddress, $0.count) }
    }
}
