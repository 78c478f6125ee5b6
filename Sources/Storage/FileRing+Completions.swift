import Glibc

/// Handing requests over, and taking completions.
extension FileRing {
    /// Hands the requests made so far to the kernel, and lets it finish what it can without waiting.
    public mutating func submit() { enter(awaiting: 0) }

    /// Takes the next completion that is there; `nil` when there is none. Does not enter the kernel:
    /// what it has done may show up after the next `submit` or `awaitCompletion` only.
    public mutating func nextCompletion() -> Completion? {
        while true {
            if let index = table.nextDone() { return complete(index) }
            guard failure == nil, let completion = ring?.nextCompletion() else { return nil }
            take(completion)
        }
    }

    /// Takes the next completion, and waits for one where there is none; `nil` when no request is
    /// under way. Hands over what was made before it waits.
    public mutating func awaitCompletion() -> Completion? {
        while true {
            if let completion = nextCompletion() { return completion }
            guard table.count > 0 else { return nil }
            enter(awaiting: 1)
        }
    }

    /// Enters the kernel with what is prepared; waits until `count` of the ring's completions can be
    /// taken.
    mutating func enter(awaiting count: Int) {
        guard isRing, failure == nil else { return }
        let underWay = ring?.inFlight ?? 0
        guard underWay > 0 else { return }
        let waiting = min(count, underWay)
        entries += 1
        prepared = 0
        do throws(ErrorNumber) {
            try ring?.submit(awaiting: waiting)
        } catch {
            fail(error)
        }
    }

    /// Waits as `awaitCompletion` does, and until `doorbell` is written to at the latest: a descriptor
    /// of `eventfd`. Only where `hearsDoorbell`.
    mutating func wait(orFor doorbell: Int32) {
        if let buffer = doorbellBuffer.take() {
            let count = buffer.room
            _ = ring?.prepare(
                .read(buffer, count: count, file: .descriptor(doorbell), offset: .max),
                context: FileRing.doorbellContext)
        }
        enter(awaiting: 1)
    }

    /// The ring's descriptor; -1 without a ring.
    var descriptor: Int32 {
        mutating get { ring?.descriptor ?? -1 }
    }

    /// Whether the ring can wait for a doorbell beside its files.
    var hearsDoorbell: Bool { isRing && !pollsCompletions && failure == nil }

    /// Completes every request under way with what failed the ring. Their buffers stay with it: the
    /// kernel may still be using them.
    private mutating func fail(_ number: ErrorNumber) {
        failure = .refused(.submit, path: "a ring for files", number)
        table.finishAll { [files] file in .refused(.submit, path: files.path(file), number) }
    }

    /// Takes the transfer at `index`, which is done, off the table.
    private mutating func complete(_ index: Int) -> Completion {
        var tag: UInt64 = 0
        var result = Result<Int, StorageError>.success(0)
        var buffer: IOBuffer?
        var file = 0
        table.with(index) { transfer in
            tag = transfer.tag
            result = transfer.error.map { .failure($0) } ?? .success(transfer.done)
            buffer = transfer.buffer.take()
            file = transfer.file
        }
        table.end(index)
        files.with(file) { $0.requests -= 1 }
        return Completion(tag: tag, result: result, buffer: buffer.take())
    }
}
