import Glibc

/// What the outcome of an attempt leads to: the same for every file and every engine.
extension FileOperations where Self: ~Copyable {
    /// How often in a row a request may be interrupted or bring nothing before that is an error.
    package static var attemptLimit: Int { 1000 }

    /// Writes all that `buffer` holds at `offset`, and with `thenSync` makes it and all before it
    /// durable. Adds to `syncs` how often the kernel was asked to.
    ///
    /// A short write is continued where it stopped; it also breaks the chain to the sync, so the rest
    /// goes out as a chain of its own. A signal is no failure.
    ///
    /// - Throws: `.refused(.sync, …)` before anything else: the kernel reports a failed sync once, so
    ///   that it counts also where the write that it was tied to failed as well, for a reason that
    ///   would leave the file usable. Otherwise `.refused(.write, …)`, or `.stalled`.
    package mutating func writeAll(
        _ buffer: inout IOBuffer, to file: Int32, at offset: UInt64, thenSync: Bool,
        syncs: inout UInt64, path: String
    ) throws(StorageError) {
        var done = 0
        var attempts = 0
        var isDurable = false
        while done < buffer.count {
            let outcome: WriteOutcome
            do throws(StepFailure) {
                outcome = try write(
                    &buffer, part: done..<buffer.count, to: file, at: offset + UInt64(done),
                    thenSync: thenSync)
            } catch {
                throw StorageError(error, at: path)
            }
            attempts += 1
            if outcome.sync != .skipped { syncs += 1 }
            if case .failed(let number) = outcome.sync, !number.isInterruption {
                throw .refused(.sync, path: path, number)
            }
            switch outcome.write {
            case .success(let count):
                done += count
                if count > 0 { attempts = 0 }
            case .failure(let number):
                guard number.isPassing else { throw .refused(.write, path: path, number) }
            }
            isDurable = outcome.sync == .done
            guard attempts < Self.attemptLimit else {
                throw .stalled(.write, path: path, attempts: attempts)
            }
        }
        if thenSync && !isDurable { try sync(file, syncs: &syncs, path: path) }
    }

    /// Makes all that was written to `file` durable; a signal in between is no failure. Adds to
    /// `syncs` how often the kernel was asked to.
    package mutating func sync(
        _ file: Int32, syncs: inout UInt64, path: String
    ) throws(StorageError) {
        for _ in 0..<Self.attemptLimit {
            syncs += 1
            do throws(StepFailure) {
                return try sync(file)
            } catch .refused(.sync, ErrorNumber(code: EINTR)) {
                continue
            } catch {
                throw StorageError(error, at: path)
            }
        }
        throw .stalled(.sync, path: path, attempts: Self.attemptLimit)
    }
}
