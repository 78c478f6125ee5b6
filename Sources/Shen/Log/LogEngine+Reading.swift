import Storage

extension LogEngine where Operations: ~Copyable {
    /// The records from `offset` on: at least one, no more once their bytes have reached `limit`, none
    /// behind the segment that holds the first.
    func records(from offset: UInt64, upTo limit: Int) throws(LogError) -> [LogRecord] {
        while true {
            let view = try viewForReading()
            guard offset >= view.first else { throw .offsetTooOld(first: view.first) }
            guard offset < view.end else { throw .offsetBeyondEnd(end: view.end) }
            do throws(StorageError) {
                return try readers.records(from: offset, upTo: limit, in: view)
            } catch {
                // The segment may have been retired or cut off while it was looked for.
                let now = try settledView()
                let isAsBefore =
                    offset >= now.first && offset < now.end
                    && now.segment(of: offset).salt == view.segment(of: offset).salt
                if isAsBefore { throw .storage(error) }
            }
        }
    }

    /// The log as it is when nobody changes it.
    private func settledView() throws(LogError) -> LogView {
        lock.lock()
        watchers += 1
        while isCommitting { turn.wait(lock) }
        watchers -= 1
        lock.unlock()
        return try viewForReading()
    }

    private func viewForReading() throws(LogError) -> LogView {
        lock.lock()
        defer { lock.unlock() }
        guard !isClosed else { throw .storage(.closed(path: setting.path)) }
        return view
    }

    /// Reads everything and checks it.
    func verify() throws(LogError) -> UInt64 {
        let view = try viewForReading()
        do throws(StorageError) {
            return try readers.verify(view)
        } catch {
            let now = try settledView()
            // What was retired or cut off meanwhile need not be there.
            guard now.first == view.first, now.entries.starts(with: view.entries.dropLast()) else {
                return try verify()
            }
            throw .storage(error)
        }
    }

    /// A cursor before the record at `offset`, which may be the next one.
    func cursor(from offset: UInt64) throws(LogError) -> EngineCursor<Operations> {
        lock.lock()
        defer { lock.unlock() }
        guard !isClosed else { throw .storage(.closed(path: setting.path)) }
        guard offset >= view.first else { throw .offsetTooOld(first: view.first) }
        guard offset <= view.end else { throw .offsetBeyondEnd(end: view.end) }
        return EngineCursor(engine: self, position: offset, seen: cuts.count)
    }

    /// Checks that a cursor's place is still in the log, and waits for a record there, for at most so many
    /// nanoseconds; `false` when none came.
    func await(
        _ position: UInt64, seen: UInt64, nanoseconds: UInt64
    ) throws(LogError) -> Bool {
        lock.lock()
        defer { lock.unlock() }
        var deadline: WaitCondition.Instant?
        while true {
            guard !isClosed else { throw .storage(.closed(path: setting.path)) }
            if let cut = cuts.lowest(after: seen), cut < position { throw .truncated(to: cut) }
            guard position >= view.first else { throw .offsetTooOld(first: view.first) }
            if position < view.end { return true }
            guard nanoseconds > 0 else { return false }
            listeners += 1
            defer { listeners -= 1 }
            let limit = deadline ?? .after(nanoseconds)
            deadline = limit
            if !news.wait(lock, until: limit) && position >= view.end && !isClosed { return false }
        }
    }
}

/// A place in a log that moves on with what is read.
struct EngineCursor<Operations: FileOperations & ~Copyable>: Sendable {
    let engine: LogEngine<Operations>
    /// The offset that is read next.
    private(set) var position: UInt64
    /// How many cuts of the log it knows of.
    private var seen: UInt64

    init(engine: LogEngine<Operations>, position: UInt64, seen: UInt64) {
        (self.engine, self.position, self.seen) = (engine, position, seen)
    }

    /// The next records; none when there are none within so many nanoseconds.
    mutating func next(upTo limit: Int, nanoseconds: UInt64) throws(LogError) -> [LogRecord] {
        while true {
            let known = engine.locked { engine.cuts.count }
            guard try engine.await(position, seen: seen, nanoseconds: nanoseconds) else {
                return []
            }
            let records: [LogRecord]
            do throws(LogError) {
                records = try engine.records(from: position, upTo: limit)
            } catch .offsetBeyondEnd {
                // Cut off since it was there.
                continue
            }
            let end = position + UInt64(records.count)
            // What was read may be from before a cut that came meanwhile.
            let cut = engine.locked { engine.cuts.lowest(after: known) }
            if let cut, cut < end { continue }
            // The cuts up to `known` did not go below the place, and those after it not below its new one.
            (seen, position) = (known, end)
            return records
        }
    }
}
