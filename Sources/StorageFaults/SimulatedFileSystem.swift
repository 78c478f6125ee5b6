import Glibc
import Storage

/// A file system in memory with a page cache in front of its device, which can lose power.
///
/// It keeps apart what processes see and what the device is known to have. A file's data and size
/// are durable after a sync of that file, a name after a sync of its directory; of all else a power
/// cut leaves a part that a seed determines, sector by sector, in any order. Faults are injected by a
/// plan. It lies about nothing else: what a sync reported as done is there after every crash.
///
/// It stands for one machine: all who open it share it, and locks hold between them. There is no
/// clock and no thread in it, so the same calls and seeds give the same machine. It belongs to one
/// thread at a time.
package final class SimulatedFileSystem {
    /// The machine at this moment.
    package private(set) var state: FileSystemState
    /// What is to go wrong from now on.
    package var faults = FaultPlan()
    /// Called with the machine's state before every step that changes something, when the last step
    /// and all that its caller made of it are done; and in the middle of writes that a kill may
    /// interrupt.
    package var observer: ((FileSystemState) -> Void)?
    /// The steps so far, in order.
    package private(set) var trace: [FileStep] = []

    /// A machine in this state.
    package init(_ state: FileSystemState = FileSystemState()) { self.state = state }

    /// What the file system has room for, and what it allows.
    package var limits: FileSystemLimits {
        get { state.limits }
        set { state.limits = newValue }
    }

    /// Whether the last two steps were the same and achieved nothing: whoever tries a thousand times has
    /// only two moments at which a crash may find something new.
    var repeatsItself: Bool {
        guard trace.count >= 2 else { return false }
        let (last, before) = (trace[trace.count - 1], trace[trace.count - 2])
        return last.isFruitless && before.isFruitless && last.operation == before.operation
            && last.subject == before.subject && last.offset == before.offset
    }

    /// Ends all processes, and the machine as well in a power cut. Descriptors lead nowhere from now
    /// on, and whoever held a lock holds it no more.
    package func crash(_ crash: Crash) { state = state.after(crash) }

    /// Changes the files as somebody else might who heeds no lock.
    package func tamper(_ body: (inout FileSystemState) -> Void) { body(&state) }

    /// Does a step, unless the plan has a fault for it, and notes what became of it.
    func step<Value>(
        _ operation: StorageError.Operation, on subject: String, at offset: UInt64? = nil,
        _ body: (inout FileSystemState) throws(ErrorNumber) -> Value
    ) throws(StepFailure) -> Value {
        announce(operation)
        do throws(ErrorNumber) {
            if case .error(let number) = faults.next(for: operation) { throw number }
            let value = try body(&state)
            note(operation, subject, offset, .done(0))
            return value
        } catch {
            note(operation, subject, offset, .refused(error))
            throw .refused(operation, error)
        }
    }

    private func note(
        _ operation: StorageError.Operation, _ subject: String, _ offset: UInt64?,
        count: Int = 0, _ answer: FileStep.Answer
    ) {
        trace.append(
            FileStep(
                operation: operation, subject: subject, offset: offset, count: count,
                answer: answer))
    }

    private func announce(_ operation: StorageError.Operation) {
        switch operation {
        case .create, .write, .sync, .truncate, .syncDirectory, .makeDirectory, .rename, .remove:
            observer?(state)
        default: break
        }
    }
}

/// The steps that move bytes.
extension SimulatedFileSystem {
    /// Reads up to `count` bytes.
    func read(
        _ count: Int, from descriptor: Int32, at offset: UInt64
    ) throws(StepFailure) -> [UInt8] {
        do throws(ErrorNumber) {
            var wanted = count
            switch faults.next(for: .read) {
            case .error(let number): throw number
            case .short(let limit): wanted = min(count, limit)
            case nil: break
            }
            let bytes = state[try state.node(of: descriptor)].live.bytes(at: offset, count: wanted)
            note(.read, "\(descriptor)", offset, count: count, .done(bytes.count))
            return bytes
        } catch {
            note(.read, "\(descriptor)", offset, count: count, .refused(error))
            throw .refused(.read, error)
        }
    }

    /// Writes as many of `bytes` as there is room for, at least one of them.
    func write(
        _ bytes: ArraySlice<UInt8>, to descriptor: Int32, at offset: UInt64
    ) -> Result<Int, ErrorNumber> {
        announce(.write)
        do throws(ErrorNumber) {
            var part = bytes
            switch faults.next(for: .write) {
            case .error(let number): throw number
            case .short(let limit): part = bytes.prefix(limit)
            case nil: break
            }
            let node = try state.writableNode(of: descriptor)
            part = try state.fitting(part, into: node, at: offset)
            noteInterrupted(part, node, at: offset)
            let stamp = state.stamp()
            state[node].write(part, at: offset, stamp: stamp)
            note(.write, "\(descriptor)", offset, count: bytes.count, .done(part.count))
            return .success(part.count)
        } catch {
            note(.write, "\(descriptor)", offset, count: bytes.count, .refused(error))
            return .failure(error)
        }
    }

    /// Shows the observer what is there when the process is killed within the write, which the
    /// kernel copies page by page.
    private func noteInterrupted(_ bytes: ArraySlice<UInt8>, _ node: Int, at offset: UInt64) {
        let page = FileImage.blockSize
        let end = offset + UInt64(bytes.count)
        let boundary = (offset / page + 1) * page
        guard let observer, boundary < end else { return }
        for cut in Set([boundary, (end - 1) / page * page]).sorted() {
            var interrupted = state
            let stamp = interrupted.stamp()
            interrupted[node].write(bytes.prefix(Int(cut - offset)), at: offset, stamp: stamp)
            observer(interrupted)
        }
    }

    /// Syncs a file. When that fails, what it was to bring to the device is lost in part, and the
    /// next sync will know nothing of it.
    func sync(_ descriptor: Int32) throws(StepFailure) {
        announce(.sync)
        do throws(ErrorNumber) {
            let node = try state.node(of: descriptor)
            if case .error(let number) = faults.next(for: .sync) {
                // A signal comes before anything was begun.
                if number.code != EINTR { state.failSync(of: node) }
                throw number
            }
            state[node].sync()
            note(.sync, "\(descriptor)", nil, .done(0))
        } catch {
            note(.sync, "\(descriptor)", nil, .refused(error))
            throw .refused(.sync, error)
        }
    }
}
