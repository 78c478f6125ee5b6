import CNilometerShims
import Glibc
import Quantities

/// A file of a ring's table.
struct OpenFile {
    let path: String
    let descriptor: Int32
    let mode: DataFile.Mode
    let access: DataFile.Access
    /// What offsets and counts are multiples of; 1 for a file that goes by the page cache.
    let alignment: Int
    /// How requests name it.
    var name: SubmissionRing.File
    /// Requests under way.
    var requests = 0
    /// What left it unknown what the device holds.
    var failure: StorageError?
    /// Whether a sync is at the ring. Syncs of one file never overlap: the kernel tells one of them of
    /// a lost write, and calls the others a success.
    var isSyncing = false
    /// Transfers that the sync at the ring is for, beside the one that it was prepared for.
    var sharing: [Int] = []
    /// Transfers that came to their sync after that one had begun, and wait for the next.
    var waiting: [Int] = []

    /// Opens the file at `path`: creates, locks and makes durable its name where it is written.
    init(_ path: String, _ options: DataFile.Options) throws(StorageError) {
        let system = SystemOperations(because: .asked)
        let descriptor: Int32
        switch options.mode {
        case .writing:
            descriptor = try system.openLocked(
                path, creation: options.creation, permissions: options.permissions
            ).file
        case .reading:
            guard !path.utf8.contains(0) else {
                throw .refused(.open, path: path, ErrorNumber(code: EINVAL))
            }
            do throws(StepFailure) {
                descriptor = try system.open(path, flags: O_RDONLY, permissions: 0)
            } catch {
                throw StorageError(error, at: path)
            }
        }
        do throws(StorageError) {
            if options.mode == .reading {
                do throws(StepFailure) {
                    _ = try system.size(of: descriptor)
                } catch {
                    throw StorageError(error, at: path)
                }
            }
            access = try OpenFile.settle(options.access, descriptor, path: path)
        } catch {
            // The reason for giving the file back is what the caller needs to know.
            try? system.close(descriptor)
            throw error
        }
        self.path = path
        self.descriptor = descriptor
        mode = options.mode
        name = .descriptor(descriptor)
        if case .direct(let bytes) = access {
            alignment = Int(bytes.rawValue)
        } else {
            alignment = 1
        }
    }

    /// Closes the file and gives up its lock.
    func close() throws(StorageError) {
        do throws(StepFailure) {
            try SystemOperations(because: .asked).close(descriptor)
        } catch {
            throw StorageError(error, at: path)
        }
    }

    /// How many bytes the file has.
    func size() throws(StorageError) -> UInt64 {
        do throws(StepFailure) {
            return try SystemOperations(because: .asked).size(of: descriptor)
        } catch {
            throw StorageError(error, at: path)
        }
    }
}

/// Direct I/O: asked of the file itself, since a filesystem may take it for some files only.
extension OpenFile {
    private static func settle(
        _ choice: DataFile.AccessChoice, _ descriptor: Int32, path: String
    ) throws(StorageError) -> DataFile.Access {
        guard choice != .buffered else { return .buffered(.asked) }
        switch direct(descriptor) {
        case .success(let alignment): return .direct(alignment: ByteCount(UInt64(alignment)))
        case .failure(let refusal):
            guard choice == .automatic else { throw .directRefused(path: path, refusal.reason) }
            return .buffered(.directRefused(refusal.reason))
        }
    }

    /// A refusal as an error, which its type need not be.
    private struct Refused: Error { let reason: DirectRefusal }

    /// Switches the file to direct I/O and tries it, and switches it back where it takes none.
    private static func direct(_ descriptor: Int32) -> Result<Int, Refused> {
        var facts = nilometer_file_facts()
        // The structure is valid for the call. A kernel without statx leaves the facts unknown.
        let answer = unsafe nilometer_file_facts(descriptor, &facts)
        if answer == 0 {
            if facts.is_in_memory { return .failure(Refused(reason: .memory)) }
            if facts.says_direct_alignment && facts.offset_alignment == 0 {
                return .failure(Refused(reason: .pageCache))
            }
            if facts.memory_alignment > UInt32(IOBuffer.alignment) {
                let bytes = ByteCount(UInt64(facts.memory_alignment))
                return .failure(Refused(reason: .alignment(bytes)))
            }
        }
        let set = nilometer_file_set_direct(descriptor)
        guard set == 0 else { return .failure(Refused(reason: .flag(ErrorNumber(code: -set)))) }
        // Where the filesystem does not say, what serves every device in use.
        let alignment =
            facts.says_direct_alignment ? Int(facts.offset_alignment) : IOBuffer.alignment
        if let number = refusalToRead(descriptor, count: max(alignment, IOBuffer.alignment)) {
            _ = fcntl(descriptor, F_SETFL, 0)
            return .failure(Refused(reason: .read(number)))
        }
        return .success(alignment)
    }

    /// What the filesystem has against reading the first block; nothing if it is empty.
    private static func refusalToRead(_ descriptor: Int32, count: Int) -> ErrorNumber? {
        let buffer = IOBuffer(capacity: count)
        // The buffer is valid for the count. An error of the device will be met again by who reads.
        let answer = unsafe pread(descriptor, buffer.base, count, 0)
        return answer < 0 && errno == EINVAL ? ErrorNumber(code: EINVAL) : nil
    }
}

/// Polling for completions: asked of the file itself, since it is the device that needs queues for it.
extension OpenFile {
    /// Why reads of the file cannot be polled for; nothing where one was, or where there is nothing to
    /// read.
    func refusalToPoll() throws(StorageError) -> RingRefusal? {
        guard case .direct = access else { return .devicePolling(ErrorNumber(code: EINVAL)) }
        guard try size() > 0 else { return nil }
        do throws(RingRefusal) {
            var ring = try SubmissionRing(entries: 1, issuer: .anyThread, polling: .completions)
            let count = max(alignment, IOBuffer.alignment)
            _ = ring.prepare(
                .read(
                    IOBuffer(capacity: count), count: count, file: .descriptor(descriptor),
                    offset: 0))
            do throws(ErrorNumber) {
                try ring.submit(awaiting: 1)
            } catch {
                return .devicePolling(error)
            }
            guard let done = ring.nextCompletion(), done.result < 0 else { return nil }
            return .devicePolling(ErrorNumber(code: -done.result))
        } catch {
            return error
        }
    }
}
