import CNilometerShims
import CUring
import Glibc
import StateMachines
import Storage

/// Datagrams.
extension EventLoop {
    /// Opens a socket for datagrams at `address`; with port 0 the kernel chooses one, which
    /// ``address(of:)-(DatagramSocketID)`` tells. Datagrams of up to the size of a receive buffer
    /// less 64 bytes come whole.
    ///
    /// - Throws: `NetworkError.listen` where the kernel refuses, `.refused(.datagrams, …)` over a
    ///   transport that has none.
    public mutating func openDatagrams(
        at address: Address, isShared: Bool = false
    ) throws(NetworkError) -> DatagramSocketID {
        let descriptor: Int32
        do throws(ErrorNumber) {
            descriptor = try Sockets.datagram(at: address, isShared: isShared)
        } catch {
            throw .listen(address, error)
        }
        return try adopt(datagrams: descriptor)
    }

    /// Takes over a socket for datagrams that has an address already. The loop closes it, also when
    /// this throws.
    public mutating func adopt(
        datagrams descriptor: Int32
    ) throws(NetworkError) -> DatagramSocketID {
        guard carriage == nil else {
            Glibc.close(descriptor)
            throw .refused(.datagrams, ErrorNumber(code: EOPNOTSUPP))
        }
        let datagrams = datagrams
        let slot =
            datagrams.sockets.firstIndex { $0.descriptor < 0 && !$0.isReceiving }
            ?? datagrams.sockets.count
        if slot == datagrams.sockets.count { datagrams.sockets.append(.init()) }
        datagrams.sockets[slot].descriptor = descriptor
        do throws(ErrorNumber) {
            try receiveDatagrams(slot)
        } catch {
            Glibc.close(descriptor)
            datagrams.sockets[slot].descriptor = -1
            throw .refused(.ring, error)
        }
        return DatagramSocketID(
            slot: UInt32(slot), generation: datagrams.sockets[slot].generation)
    }

    /// Where a socket for datagrams is; nil once it was closed.
    public func address(of socket: DatagramSocketID) -> Address? {
        datagrams.slot(of: socket).flatMap {
            Sockets.ownAddress(of: datagrams.sockets[$0].descriptor)
        }
    }

    /// Closes a socket for datagrams. What was sent and the kernel has not taken is lost.
    public mutating func close(_ socket: DatagramSocketID) {
        guard let slot = datagrams.slot(of: socket) else { return }
        cancelQuietly(token(ofDatagrams: slot))
        datagrams.close(slot)
    }

    /// Sends a datagram with the next turn. `full` where as many as may be are on their way to the
    /// kernel; the datagram is lost then, as it may be at any place further on.
    @discardableResult
    public mutating func send(
        datagram: Bytes, to address: Address, from socket: DatagramSocketID
    ) throws(NetworkError) -> SendOutcome {
        guard let slot = datagrams.slot(of: socket) else { return .closed }
        guard let place = datagrams.put(datagram, for: address) else {
            statistics.datagramsRefused += 1
            return .full
        }
        do throws(ErrorNumber) {
            let token = RequestToken(.sendDatagram, slot: place)
            let entry = unsafe try ring.entry(token)
            // SAFETY: what the header names stays until the completion gives its place back.
            unsafe io_uring_prep_sendmsg(
                entry, datagrams.sockets[slot].descriptor, datagrams.header(at: place), 0)
            unsafe entry.pointee.user_data = token.rawValue
        } catch {
            datagrams.giveBack(place)
            throw .refused(.ring, error)
        }
        return .queued
    }

    mutating func sentDatagram(_ completion: Completion) {
        datagrams.giveBack(completion.token.slot)
        if completion.result >= 0 {
            statistics.datagramsSent += 1
        } else {
            statistics.datagramsRefused += 1
        }
    }

    private func token(ofDatagrams slot: Int) -> RequestToken {
        RequestToken(
            .receiveDatagrams, slot: slot, generation: datagrams.sockets[slot].generation)
    }

    private mutating func receiveDatagrams(_ slot: Int) throws(ErrorNumber) {
        let datagrams = datagrams
        let token = token(ofDatagrams: slot)
        let entry = unsafe try ring.entry(token)
        // SAFETY: the header outlives the loop's ring; the bytes go into the shared buffers.
        unsafe io_uring_prep_recvmsg_multishot(
            entry, datagrams.sockets[slot].descriptor, datagrams.receiveHeader, 0)
        unsafe entry.pointee.flags |= nilometer_iosqe_buffer_select
        unsafe entry.pointee.buf_group = ReceiveBuffers.group
        unsafe entry.pointee.user_data = token.rawValue
        datagrams.sockets[slot].isReceiving = true
    }

    mutating func receivedDatagram<Handler: NetworkHandler & ~Copyable>(
        _ completion: Completion, _ handler: inout Handler
    ) throws(ErrorNumber) {
        let datagrams = datagrams
        let slot = completion.token.slot
        let generation = completion.token.generation
        if !completion.hasMore { datagrams.sockets[slot].isReceiving = false }
        if let buffer = completion.buffer {
            if completion.result > 0, datagrams.sockets[slot].generation == generation {
                let bytes = unsafe UnsafeRawBufferPointer(
                    start: buffers.bytes(of: buffer), count: Int(completion.result))
                let id = DatagramSocketID(slot: UInt32(slot), generation: generation)
                unsafe tell(datagram: bytes, at: id, &handler)
            }
            buffers.recycle(buffer)
        }
        // An error, such as that nobody was there to take an earlier datagram, ends the request.
        if !completion.hasMore, datagrams.sockets[slot].generation == generation,
            datagrams.sockets[slot].descriptor >= 0
        {
            try receiveDatagrams(slot)
        }
    }

    /// Tells a datagram, before which its buffer has what the kernel says of it and its sender's
    /// address.
    private mutating func tell<Handler: NetworkHandler & ~Copyable>(
        datagram bytes: UnsafeRawBufferPointer, at socket: DatagramSocketID,
        _ handler: inout Handler
    ) {
        let headerSize = MemoryLayout<io_uring_recvmsg_out>.size
        let nameRoom = unsafe Int(datagrams.receiveHeader.pointee.msg_namelen)
        guard bytes.count >= headerSize + nameRoom, let base = bytes.baseAddress else { return }
        // SAFETY: as many bytes as are read were checked to be there.
        let header = unsafe bytes.loadUnaligned(as: io_uring_recvmsg_out.self)
        let name = unsafe UnsafeRawBufferPointer(
            rebasing: bytes[headerSize..<headerSize + min(nameRoom, Int(header.namelen))])
        guard let sender = unsafe SocketAddress.address(in: name) else { return }
        statistics.datagramsReceived += 1
        let start = headerSize + nameRoom
        let payload = unsafe (base + start).bytes(bytes.count - start)
        let isWhole = header.flags & UInt32(MSG_TRUNC) == 0
        unsafe handler.received(
            datagram: payload.span, isWhole: isWhole, from: sender, at: socket, on: &self)
    }
}
