import Glibc

/// What a transfer needs next, over the ring.
extension FileRing {
    /// Prepares what the transfer at `index` needs next, or notes that it is done.
    mutating func issue(_ index: Int) {
        let canLink = canLink
        let (step, file) = table.with(index) { ($0.nextStep(canLink: canLink), $0.file) }
        switch step {
        case .finished: table.finish(index)
        case .data: prepareData(index, file, linked: false)
        case .sync: beginSync(index, file)
        case .dataThenSync:
            // Where a sync is at the ring already, the write goes alone and shares the next one.
            let (isSyncing, failure, path) = files.with(file) {
                file -> (Bool, StorageError?, String) in
                defer { file.isSyncing = file.isSyncing || file.failure == nil }
                return (file.isSyncing, file.failure, file.path)
            }
            if let failure {
                table.with(index) { $0.error = .poisoned(path: path, cause: failure) }
                table.finish(index)
                return
            }
            prepareData(index, file, linked: !isSyncing)
            if !isSyncing { prepareSync(index, file) }
        }
    }

    /// Takes up a completion of the ring's, and goes on with what it was for.
    mutating func take(_ completion: consuming SubmissionRing.Completion) {
        guard completion.context != FileRing.doorbellContext else {
            doorbellBuffer = completion.buffer.take()
            doorbellBuffer?.removeAll()
            return
        }
        let index = Int(completion.context >> 1)
        let isSync = completion.context & 1 == 1
        let result = completion.result
        var buffer = completion.buffer.take()
        let (pending, file) = table.with(index) { transfer in
            transfer.pending -= 1
            if isSync {
                transfer.syncAnswer = result
            } else {
                transfer.dataAnswer = result
                transfer.buffer = buffer.take()
            }
            return (transfer.pending, transfer.file)
        }
        guard isSync else {
            if pending == 0 { goOn(index) }
            return
        }
        let sharing = files.with(file) { file in
            file.isSyncing = false
            // At once: in a chain that was cut its write may still be at the ring, and who waits for
            // the next sync would be told of its success.
            file.noteSync(answer: result)
            defer { file.sharing = [] }
            return file.sharing
        }
        if pending == 0 { goOn(index) }
        for index in sharing {
            table.with(index) { $0.syncAnswer = result }
            goOn(index)
        }
        shareNextSync(file)
    }

    /// Makes of the answers to the transfer at `index` what is right, and issues what it needs next.
    private mutating func goOn(_ index: Int) {
        settle(index)
        issue(index)
    }

    /// Begins a sync for the transfer at `index`, or lets it wait for the next one.
    private mutating func beginSync(_ index: Int, _ file: Int) {
        files.with(file) { $0.waiting.append(index) }
        shareNextSync(file)
    }

    /// Begins one sync for all that wait, unless one is at the ring.
    private mutating func shareNextSync(_ file: Int) {
        let (waiting, failure, path) = files.with(file) { file -> ([Int], StorageError?, String) in
            guard !file.isSyncing, !file.waiting.isEmpty else { return ([], nil, "") }
            defer { file.waiting = [] }
            return (file.waiting, file.failure, file.path)
        }
        guard let first = waiting.first else { return }
        if let failure {
            for index in waiting {
                table.with(index) { $0.error = .poisoned(path: path, cause: failure) }
                table.finish(index)
            }
            return
        }
        if pollsCompletions {
            // A ring that polls for completions has no syncs.
            let answer = sync(file)
            for index in waiting {
                table.with(index) { $0.syncAnswer = answer }
                goOn(index)
            }
            return
        }
        files.with(file) {
            $0.isSyncing = true
            $0.sharing = Array(waiting.dropFirst())
        }
        prepareSync(first, file)
    }

    private mutating func prepareSync(_ index: Int, _ file: Int) {
        let name = files.with(file) { $0.name }
        table.with(index) { $0.pending += 1 }
        _ = ring?.prepare(.syncData(file: name), context: UInt32(index) << 1 | 1)
        prepared += 1
    }

    /// Prepares the rest of the transfer at `index`, which goes with its buffer.
    private mutating func prepareData(_ index: Int, _ file: Int, linked: Bool) {
        let name = files.with(file) { $0.name }
        let severed = ring?.severedChains ?? 0
        var buffer: IOBuffer?
        var part = 0..<0
        var place: UInt64 = 0
        var isRead = false
        table.with(index) { transfer in
            transfer.pending += 1
            transfer.severedChains = linked ? severed : nil
            buffer = transfer.buffer.take()
            part = transfer.start + transfer.done..<transfer.start + transfer.count
            place = transfer.offset + UInt64(transfer.done)
            isRead = transfer.kind == .read
        }
        guard let buffer = buffer.take() else { preconditionFailure("a transfer has its buffer") }
        let request: SubmissionRing.Request =
            isRead
            ? .read(buffer, count: part.count, file: name, offset: place)
            : .write(buffer, part: part, file: name, offset: place)
        _ = ring?.prepare(request, linked: linked, context: UInt32(index) << 1)
        prepared += 1
    }

    /// Makes of the answers to the transfer at `index` what is right.
    mutating func settle(_ index: Int) {
        let severed = ring?.severedChains ?? 0
        let files = files
        table.with(index) { transfer in
            let file = transfer.file
            let isSevered = transfer.severedChains.map { $0 != severed } ?? false
            transfer.settle(
                alignment: files.with(file) { $0.alignment }, isSevered: isSevered,
                path: files.path(file))
            transfer.severedChains = nil
            if let error = transfer.error, transfer.kind != .read, error.isLossOfData {
                files.with(file) { $0.failure = $0.failure ?? error }
            }
        }
    }
}

/// Without a ring.
extension FileRing {
    /// Does the whole transfer at `index`.
    mutating func perform(_ index: Int) {
        while true {
            let (step, file) = table.with(index) { ($0.nextStep(canLink: false), $0.file) }
            guard step != .finished else { break }
            if step == .sync {
                let answer = sync(file)
                table.with(index) { $0.syncAnswer = answer }
            } else {
                let descriptor = files.with(file) { $0.descriptor }
                table.with(index) { $0.transferPortably(descriptor) }
            }
            settle(index)
        }
        table.finish(index)
    }

    /// `fdatasync`, answering as the ring does: 0 or a negative `errno`.
    private func sync(_ file: Int) -> Int32 {
        fdatasync(files.with(file) { $0.descriptor }) == 0 ? 0 : -errno
    }
}

extension Transfer {
    /// `pread` or `pwrite` of what is left, answering as the ring does.
    fileprivate mutating func transferPortably(_ descriptor: Int32) {
        let memory: UnsafeMutableRawPointer?
        unsafe memory = buffer?.base
        guard let memory = unsafe memory else { preconditionFailure("a transfer has its buffer") }
        let count = min(self.count - done, Int(Int32.max))
        let place = off_t(offset) + off_t(done)
        // The part lies within the buffer by the preconditions of `read` and `write`.
        let moved =
            unsafe kind == .read
            ? pread(descriptor, memory + start + done, count, place)
            : pwrite(descriptor, memory + start + done, count, place)
        if moved > 0 && kind == .read { buffer?.noteFilled(moved) }
        dataAnswer = moved < 0 ? -errno : Int32(moved)
    }
}

extension OpenFile {
    /// Takes up what the kernel answered to a sync: it tells of a lost write once.
    fileprivate mutating func noteSync(answer: Int32) {
        guard answer < 0, failure == nil else { return }
        let number = ErrorNumber(code: -answer)
        if !number.saysNothing { failure = .refused(.sync, path: path, number) }
    }
}

extension StorageError {
    /// Whether a write or sync that ended so leaves it unknown what the device holds.
    fileprivate var isLossOfData: Bool {
        switch self {
        case .refused(.write, _, let number): !number.isLackOfRoom
        case .refused(.sync, _, _), .stalled: true
        default: false
        }
    }
}
