import Glibc

/// One file operation at a time: prepared, submitted and waited for in one entry into the kernel.
extension SubmissionRing {
    /// Writes `part` of `buffer`. With `thenSync`, write and sync are one chain: the kernel starts
    /// the sync when the write has succeeded in full, without coming back to the thread in between.
    ///
    /// When the ring itself fails it keeps the buffer, and the caller is left with an empty one.
    mutating func write(
        _ buffer: inout IOBuffer, part: Range<Int>, to file: Int32, at offset: UInt64,
        thenSync: Bool
    ) throws(ErrorNumber) -> WriteOutcome {
        let severed = severedChains
        let request = Request.write(
            buffer.take(), part: part, file: .descriptor(file), offset: offset)
        let write = prepare(request, linked: thenSync)
        let sync = thenSync ? prepare(.syncData(file: .descriptor(file))) : nil
        try submit(awaiting: thenSync ? 2 : 1)
        let written = take(write, into: &buffer)
        return WriteOutcome(
            written: written, asked: part.count, synced: sync.map { take($0) },
            isSevered: severedChains != severed)
    }

    /// Syncs and returns 0 or the kernel's negative `errno`.
    mutating func syncData(_ file: Int32) throws(ErrorNumber) -> Int32 {
        let ticket = prepare(.syncData(file: .descriptor(file)))
        try submit(awaiting: 1)
        return take(ticket)
    }

    private mutating func take(_ ticket: RingTicket) -> Int32 {
        completion(of: ticket).result
    }

    private mutating func take(_ ticket: RingTicket, into buffer: inout IOBuffer) -> Int32 {
        var completion = completion(of: ticket)
        if let returned = completion.buffer.take() { buffer = returned }
        return completion.result
    }

    /// Takes the completion of `ticket`, which is there and next: the requests of one call are the
    /// only ones under way, and a chain completes in order.
    private mutating func completion(of ticket: RingTicket) -> Completion {
        guard let completion = nextCompletion() else {
            preconditionFailure("the kernel announced a completion that is not there")
        }
        precondition(
            completion.ticket == ticket,
            "completion \(completion.ticket.rawValue) where \(ticket.rawValue) was due")
        return completion
    }
}

extension WriteOutcome {
    /// What the kernel's results mean: each is a count or a negative `errno`.
    ///
    /// A short write breaks the chain, and the kernel completes the sync with `ECANCELED`. A chain
    /// that was severed at submission is none: its sync may have run before the write, so its
    /// success says nothing, but its failure still does.
    init(written: Int32, asked: Int, synced: Int32?, isSevered: Bool) {
        write = written < 0 ? .failure(ErrorNumber(code: -written)) : .success(Int(written))
        switch synced {
        case nil, -ECANCELED: sync = .skipped
        case let failure? where failure < 0: sync = .failed(ErrorNumber(code: -failure))
        case _?: sync = isSevered || Int(written) != asked ? .skipped : .done
        }
    }
}
