/// A read, a write or a sync that a `FileRing` was asked for, until its completion is taken.
struct Transfer: ~Copyable {
    enum Kind: Hashable { case read, write, sync }

    /// What to ask of the kernel next.
    enum Step: Equatable { case data, sync, dataThenSync, finished }

    var kind = Kind.sync
    /// Whether a write is to be durable.
    var thenSync = false
    /// What the caller knows it by.
    var tag: UInt64 = 0
    /// The file's entry in the ring's table.
    var file = 0
    /// Where in the file its first byte is.
    var offset: UInt64 = 0
    /// Where in the buffer its first byte is.
    var start = 0
    /// How many bytes are to be transferred.
    var count = 0
    /// How many have been.
    var done = 0
    /// How often in a row the kernel did nothing.
    var attempts = 0
    /// Requests at the ring.
    var pending = 0
    /// The ring's severed chains when its write was linked to its sync; `nil` while it is not.
    var severedChains: Int?
    /// Whether it is done, and waits to be taken.
    var isDone = true
    /// The answers to its requests: a count or a negative `errno`.
    var dataAnswer: Int32?
    var syncAnswer: Int32?
    /// Whether a sync has followed the last byte.
    var isSynced = false
    /// The file's end was reached: there is no more to read.
    var isAtEnd = false
    var error: StorageError?
    /// What is transferred, while no request has it.
    var buffer: IOBuffer?
}

extension Transfer {
    /// How often in a row the kernel may do nothing before that is an error.
    static var attemptLimit: Int { 1000 }

    /// What to ask of the kernel next.
    func nextStep(canLink: Bool) -> Step {
        if error != nil || isAtEnd { return .finished }
        if kind != .sync && done < count { return thenSync && canLink ? .dataThenSync : .data }
        return (kind == .sync || thenSync) && !isSynced ? .sync : .finished
    }

    /// Makes of the answers what is right: a short transfer is continued and a signal is no failure,
    /// but nothing goes on for ever.
    ///
    /// - Parameters:
    ///   - alignment: of the file: a read that ends elsewhere has come to the file's end.
    ///   - isSevered: whether the sync may have run before the write that it was linked to.
    mutating func settle(alignment: Int, isSevered: Bool, path: @autoclosure () -> String) {
        let operation: StorageError.Operation = kind == .read ? .read : .write
        var hasMoved = false
        var isWhole = true
        if let answer = dataAnswer {
            dataAnswer = nil
            if answer > 0 {
                done += Int(answer)
                hasMoved = true
                if kind == .read && done < count && done % alignment != 0 { isAtEnd = true }
            } else if answer == 0 {
                if kind == .read { isAtEnd = true }
            } else if !ErrorNumber(code: -answer).isPassing {
                error = .refused(operation, path: path(), ErrorNumber(code: -answer))
            }
            isWhole = done == count
        }
        if let answer = syncAnswer {
            syncAnswer = nil
            if answer == 0 {
                isSynced = isWhole && !isSevered
                hasMoved = hasMoved || isSynced
            } else if !ErrorNumber(code: -answer).saysNothing {
                error = .refused(.sync, path: path(), ErrorNumber(code: -answer))
            }
        }
        attempts = hasMoved ? 0 : attempts + 1
        if attempts >= Transfer.attemptLimit && error == nil {
            let stalled = kind == .sync || done == count ? .sync : operation
            error = .stalled(stalled, path: path(), attempts: attempts)
        }
    }
}

/// The transfers of a ring: those under way, and those that are done and not yet taken.
///
/// Belongs to its ring and is used by the ring's thread alone.
@safe final class TransferTable {
    /// How many fit.
    let capacity: Int
    /// How many are there.
    private(set) var count = 0
    private let transfers: UnsafeMutablePointer<Transfer>
    /// The free entries: the first `capacity - count`.
    private let free: UnsafeMutablePointer<Int>
    /// Those that are done, a queue in a circle.
    private let done: UnsafeMutablePointer<Int>
    private var firstDone = 0
    private(set) var doneCount = 0

    /// A table for `capacity` transfers.
    init(capacity: Int) {
        self.capacity = capacity
        unsafe transfers = .allocate(capacity: capacity)
        unsafe free = .allocate(capacity: capacity)
        unsafe done = .allocate(capacity: capacity)
        // Each entry is initialised here and lives as long as the table.
        for index in 0..<capacity {
            unsafe (transfers + index).initialize(to: Transfer())
            unsafe (free + index).initialize(to: capacity - 1 - index)
            unsafe (done + index).initialize(to: 0)
        }
    }

    deinit {
        unsafe transfers.deinitialize(count: capacity)
        unsafe transfers.deallocate()
        unsafe free.deallocate()
        unsafe done.deallocate()
    }

    /// Takes a free entry; there must be one.
    func begin(_ transfer: consuming Transfer) -> Int {
        precondition(count < capacity, "all \(capacity) requests are under way")
        // By the precondition there is a free entry.
        let index = unsafe free[capacity - count - 1]
        count += 1
        unsafe transfers[index] = transfer
        unsafe transfers[index].isDone = false
        return index
    }

    /// Gives an entry back.
    func end(_ index: Int) {
        count -= 1
        // As many entries are listed as are free.
        unsafe free[capacity - count - 1] = index
    }

    /// Lets `body` use the transfer at `index`.
    @inline(__always)
    func with<Value>(_ index: Int, _ body: (inout Transfer) -> Value) -> Value {
        precondition(index >= 0 && index < capacity, "transfer \(index) of \(capacity)")
        // Within the table, whose entries are initialised.
        return unsafe body(&transfers[index])
    }

    /// Notes that the transfer at `index` is done.
    func finish(_ index: Int) {
        precondition(doneCount < capacity, "more transfers are done than there are")
        // Both positions lie within the circle.
        unsafe transfers[index].isDone = true
        unsafe done[(firstDone + doneCount) % capacity] = index
        doneCount += 1
    }

    /// Notes that all that are under way have failed, each with what `error` says for its file.
    func finishAll(_ error: (Int) -> StorageError) {
        for index in 0..<capacity {
            // Within the table.
            guard unsafe !transfers[index].isDone else { continue }
            unsafe transfers[index].error = error(transfers[index].file)
            finish(index)
        }
    }

    /// The next one that is done.
    func nextDone() -> Int? {
        guard doneCount > 0 else { return nil }
        // Within the circle.
        let index = unsafe done[firstDone]
        firstDone = (firstDone + 1) % capacity
        doneCount -= 1
        return index
    }
}
