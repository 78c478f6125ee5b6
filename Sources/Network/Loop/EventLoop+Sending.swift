import CUring
import Glibc
import StateMachines
import Storage

/// Sending.
extension EventLoop {
    /// Sends a frame with `payload` on a connection whose content is frames. It leaves with the
    /// next turn, together with what else was said to the same peer by then.
    ///
    /// Costs a copy of the payload into the connection's memory and one pass for the checksum; no
    /// system call. The payload may not be longer than the connection's limits allow.
    @discardableResult
    public mutating func send(
        kind: UInt8, flags: UInt16 = 0, correlation: UInt64 = 0, _ payload: Bytes,
        to connection: ConnectionID
    ) -> SendOutcome {
        let table = table
        let header = FrameHeader(
            kind: kind, flags: flags, correlation: correlation, length: payload.count)
        guard let slot = table.slot(of: connection), table[slot].isOpen else { return .closed }
        guard case .frames(let limits, let cluster) = table[slot].options.content else {
            preconditionFailure("a frame on \(connection), whose content is bytes")
        }
        precondition(
            payload.count <= limits.maximumPayload,
            "a payload of \(payload.count) bytes, where \(limits.maximumPayload) are allowed")
        guard hasRoom(header.frameSize, slot) else { return .full }
        // SAFETY: the frame's room is the header's and the payload's bytes, one behind the other.
        let place = unsafe table[slot].filling.extend(by: header.frameSize)
        unsafe payload.withUnsafeBytes {
            guard let base = $0.baseAddress else { return }
            unsafe (place + FrameHeader.size).copyMemory(from: base, byteCount: $0.count)
        }
        unsafe header.write(to: place, cluster: cluster)
        awaitSend(slot)
        return .queued
    }

    /// Sends `bytes` on a connection whose content is bytes; all of them, or none where there is no
    /// room.
    @discardableResult
    public mutating func send(_ bytes: Bytes, to connection: ConnectionID) -> SendOutcome {
        let table = table
        guard let slot = table.slot(of: connection), table[slot].isOpen else { return .closed }
        guard case .bytes = table[slot].options.content else {
            preconditionFailure("bytes on \(connection), whose content is frames")
        }
        guard bytes.count > 0 else { return .queued }
        guard hasRoom(bytes.count, slot) else { return .full }
        // SAFETY: the pointer is used while the bytes are borrowed, and within their bounds.
        unsafe bytes.withUnsafeBytes {
            guard let base = $0.baseAddress else { return }
            unsafe table[slot].filling.append(base, $0.count)
        }
        awaitSend(slot)
        return .queued
    }

    /// How many bytes a connection has to send that the kernel has not taken; nil where it has
    /// ended.
    public func unsent(on connection: ConnectionID) -> Int? {
        table.slot(of: connection).map { table[$0].unsent }
    }

    private mutating func hasRoom(_ count: Int, _ slot: Int) -> Bool {
        let table = table
        guard table[slot].unsent + count > table[slot].options.maximumUnsent else { return true }
        table[slot].wasFull = true
        statistics.fullAnswers += 1
        return false
    }

    /// Has a connection sent on with the next turn.
    private mutating func awaitSend(_ slot: Int) {
        let table = table
        guard !table[slot].isAwaitingSend, !table[slot].isSending else { return }
        table[slot].isAwaitingSend = true
        awaitingSend.append(slot)
    }

    /// Sends what was gathered on a connection, where no send is under way.
    mutating func sendGathered(_ slot: Int) throws(ErrorNumber) {
        let table = table
        switch table[slot].stage {
        case .open, .flushing: break
        case .free, .connecting, .closing: return
        }
        guard !table[slot].isSending, !table[slot].filling.isEmpty else { return }
        table[slot].turnOver()
        table[slot].lastProgress = Clock.now
        try sendRest(slot)
        watchDeadline(slot)
    }

    /// Sends what was gathered on a connection by a call of its own, as much of it as the kernel
    /// takes at once. What it does not take, and every error, is left to the ring.
    mutating func sendDirectly(_ slot: Int) {
        let table = table
        guard table[slot].isOpen, !table[slot].isSending, !table[slot].wasFull,
            !table[slot].filling.isEmpty
        else { return }
        // SAFETY: the bytes are this connection's own, and the kernel copies them in the call.
        let count = unsafe Glibc.send(
            table[slot].descriptor, table[slot].filling.start, table[slot].filling.count,
            Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        guard count > 0 else { return }
        table[slot].filling.removeFirst(count)
        statistics.directSends += 1
        statistics.bytesSent += UInt64(count)
    }

    /// Sends what is left of the send under way.
    private mutating func sendRest(_ slot: Int) throws(ErrorNumber) {
        let table = table
        guard carriage == nil else { return sendCarried(slot) }
        let token = token(.send, slot)
        let entry = unsafe try ring.entry(token)
        let count = table[slot].sending.count - table[slot].sent
        // SAFETY: `sending` is not touched before the completion, or the release where there is
        // one.
        let start = unsafe table[slot].sending.start + table[slot].sent
        // The kernel takes at most 2 GiB less a page at once; it answers with a short count.
        let asked = min(count, Int(Int32.max))
        let isZeroCopy =
            table[slot].options.zeroCopyFrom.map { count >= $0 } ?? false
            && capabilities?.zeroCopySends == .granted
        if isZeroCopy {
            unsafe io_uring_prep_send_zc(
                entry, table[slot].descriptor, start, asked, Int32(MSG_NOSIGNAL), 0)
        } else {
            unsafe io_uring_prep_send(
                entry, table[slot].descriptor, start, asked, Int32(MSG_NOSIGNAL))
        }
        unsafe entry.pointee.user_data = token.rawValue
        table[slot].requests += 1
        statistics.sends += 1
    }

    mutating func sent<Handler: NetworkHandler & ~Copyable>(
        _ completion: Completion, _ handler: inout Handler
    ) throws(ErrorNumber) {
        let table = table
        let slot = completion.token.slot
        precondition(
            table[slot].generation == completion.token.generation,
            "a completion for use \(completion.token.generation) of slot \(slot)")
        // A send without copies answers first and lets go of the memory later.
        guard !completion.hasMore else {
            table[slot].zeroCopied = completion.result
            return
        }
        table[slot].requests -= 1
        let result =
            completion.isRelease ? table[slot].zeroCopied.take() ?? 0 : completion.result
        switch result {
        case 0...: try advance(slot, by: Int(result), &handler)
        case -EINTR, -EAGAIN, -ENOBUFS, -ENOMEM: try advance(slot, by: 0, &handler)
        default: end(slot, .failed(ErrorNumber(code: -result)))
        }
        endIfIdle(slot)
    }

    /// Goes on after `count` bytes have left.
    mutating func advance<Handler: NetworkHandler & ~Copyable>(
        _ slot: Int, by count: Int, _ handler: inout Handler
    ) throws(ErrorNumber) {
        let table = table
        statistics.bytesSent += UInt64(count)
        guard table[slot].stage != .closing else { return }
        if count > 0 { table[slot].lastProgress = now }
        if !table[slot].advance(by: count) {
            try sendRest(slot)
        } else if !table[slot].filling.isEmpty {
            awaitSend(slot)
        } else if table[slot].stage == .flushing {
            return end(slot, table[slot].reason ?? .asked)
        }
        guard table[slot].wasFull, table[slot].isOpen,
            table[slot].unsent <= table[slot].options.maximumUnsent / 2
        else { return }
        table[slot].wasFull = false
        handler.drained(table.id(slot), on: &self)
    }
}
