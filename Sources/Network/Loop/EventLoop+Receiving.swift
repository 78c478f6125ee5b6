import CNilometerShims
import CUring
import Glibc
import StateMachines
import Storage

/// Receiving.
extension EventLoop {
    /// Reads no more from a connection until ``resume(_:)``. What the kernel had received by then
    /// is kept and told later; what comes after stays with the kernel, whose window closes the
    /// peer's mouth.
    public mutating func pause(_ connection: ConnectionID) {
        let table = table
        guard let slot = table.slot(of: connection), table[slot].isOpen, !table[slot].isPaused
        else { return }
        table[slot].isPaused = true
        // Time that we take does not count against the peer.
        table[slot].frameBegan = nil
        guard table[slot].isReceiving else { return }
        if let carriage {
            table[slot].isReceiving = false
            carriage.orders.append(.rest(connection))
        } else {
            cancelQuietly(token(.receive, slot))
        }
    }

    /// Reads from a connection again, beginning with what was kept.
    public mutating func resume(_ connection: ConnectionID) {
        let table = table
        guard let slot = table.slot(of: connection), table[slot].isOpen, table[slot].isPaused
        else { return }
        table[slot].isPaused = false
        table[slot].lastHeard = now
        if (table[slot].decoder?.pending ?? 0) > 0 { table[slot].frameBegan = now }
        watchDeadline(slot)
        if table[slot].held.isEmpty {
            awaitReceive(slot)
        } else if !table[slot].isAwaitingHeld {
            table[slot].isAwaitingHeld = true
            awaitingHeld.append(slot)
        }
    }

    /// Has a connection received from with the next turn.
    private mutating func awaitReceive(_ slot: Int) {
        let table = table
        guard !table[slot].isAwaitingReceive else { return }
        table[slot].isAwaitingReceive = true
        awaitingReceive.append(slot)
    }

    /// Has the kernel receive for a connection, as often as something comes.
    mutating func receive(_ slot: Int) throws(ErrorNumber) {
        let table = table
        guard table[slot].isOpen, !table[slot].isPaused, !table[slot].isReceiving else { return }
        guard carriage == nil else { return receiveCarried(slot) }
        let token = token(.receive, slot)
        let entry = unsafe try ring.entry(token)
        // SAFETY: the kernel takes memory from the shared buffers, none of the caller's.
        unsafe io_uring_prep_recv_multishot(entry, table[slot].descriptor, nil, 0, 0)
        unsafe entry.pointee.flags |= nilometer_iosqe_buffer_select
        unsafe entry.pointee.buf_group = ReceiveBuffers.group
        unsafe entry.pointee.user_data = token.rawValue
        table[slot].isReceiving = true
        table[slot].requests += 1
    }

    mutating func received<Handler: NetworkHandler & ~Copyable>(
        _ completion: Completion, _ handler: inout Handler
    ) throws(ErrorNumber) {
        let table = table
        let slot = completion.token.slot
        precondition(
            table[slot].generation == completion.token.generation,
            "a completion for use \(completion.token.generation) of slot \(slot)")
        if !completion.hasMore {
            table[slot].isReceiving = false
            table[slot].requests -= 1
        }
        if let buffer = completion.buffer {
            let count = Int(max(completion.result, 0))
            if count > 0, table[slot].isOpen {
                statistics.bytesReceived += UInt64(count)
                let piece = unsafe buffers.bytes(of: buffer).bytes(count)
                unsafe hear(piece.span, slot, &handler)
            }
            buffers.recycle(buffer)
        }
        guard !completion.hasMore else { return }
        switch completion.result {
        // What was kept is told first; the end comes again when the kernel is asked again.
        case 0 where table[slot].isPaused || !table[slot].held.isEmpty: break
        case 0:
            let isInside = (table[slot].decoder?.pending ?? 0) > 0
            // What was said to somebody who has nothing more to say may still be read.
            end(slot, .endOfStream(insideFrame: isInside), afterSending: true)
        case -ENOBUFS:
            statistics.bufferShortages += 1
            awaitReceive(slot)
        // Ended by `pause`, or interrupted, or with more to say in another request.
        case 1..., -ECANCELED, -EINTR, -EAGAIN: awaitReceive(slot)
        default: end(slot, .failed(ErrorNumber(code: -completion.result)))
        }
        endIfIdle(slot)
    }

    /// Tells what has come, or keeps it where nobody wants it now.
    mutating func hear<Handler: NetworkHandler & ~Copyable>(
        _ piece: Bytes, _ slot: Int, _ handler: inout Handler
    ) {
        let table = table
        table[slot].lastHeard = now
        if table[slot].isPaused || !table[slot].held.isEmpty {
            return hold(piece, from: 0, slot)
        }
        let taken = tell(piece, slot, &handler)
        if taken < piece.count, table[slot].isOpen { hold(piece, from: taken, slot) }
    }

    /// Tells what a piece holds and says how much of it was told.
    private mutating func tell<Handler: NetworkHandler & ~Copyable>(
        _ piece: Bytes, _ slot: Int, _ handler: inout Handler
    ) -> Int {
        let table = table
        let id = table.id(slot)
        // The decoder is this function's own meanwhile: the handler may reach for its connection.
        guard var decoder = table[slot].decoder.take() else {
            handler.received(piece, from: id, on: &self)
            return piece.count
        }
        var frames: UInt64 = 0
        var taken = 0
        var failure: FrameError?
        do throws(FrameError) {
            taken = try decoder.decode(piece) { header, payload in
                frames += 1
                handler.received(header, payload, from: id, on: &self)
                return table[slot].isOpen && !table[slot].isPaused ? .more : .noMore
            }
        } catch {
            failure = error
        }
        statistics.framesReceived += frames
        noteFrame(slot, pending: decoder.pending, isNew: frames > 0)
        table[slot].decoder = consume decoder
        if let failure { end(slot, .malformed(failure)) }
        return taken
    }

    /// Begins or ends the time that a frame may take.
    private mutating func noteFrame(_ slot: Int, pending: Int, isNew: Bool) {
        let table = table
        guard pending > 0, !table[slot].isPaused else {
            table[slot].frameBegan = nil
            return
        }
        guard isNew || table[slot].frameBegan == nil else { return }
        table[slot].frameBegan = now
        watchDeadline(slot)
    }

    /// Keeps the end of a piece for later.
    private func hold(_ piece: Bytes, from start: Int, _ slot: Int) {
        // SAFETY: the pointer is used while the piece is borrowed, and within its bounds.
        unsafe piece.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            unsafe table[slot].held.append(base + start, bytes.count - start)
        }
    }

    /// Tells what connections kept while they were paused.
    mutating func tellHeld<Handler: NetworkHandler & ~Copyable>(_ handler: inout Handler) {
        let table = table
        guard !awaitingHeld.isEmpty else { return }
        let slots = awaitingHeld
        awaitingHeld.removeAll(keepingCapacity: true)
        for slot in slots {
            table[slot].isAwaitingHeld = false
            guard table[slot].isOpen, !table[slot].isPaused else { continue }
            // This function's own meanwhile, as the decoder is.
            var held = ByteStore()
            swap(&held, &table[slot].held)
            guard !held.isEmpty else { continue }
            let piece = unsafe UnsafeRawPointer(held.start).bytes(held.count)
            let taken = unsafe tell(piece.span, slot, &handler)
            guard table[slot].isOpen else { continue }
            held.removeFirst(taken)
            if !held.isEmpty {
                swap(&held, &table[slot].held)
            } else if !table[slot].isPaused {
                awaitReceive(slot)
            }
        }
    }
}
