import Glibc

/// A socket for datagrams of an event loop.
public struct DatagramSocketID: Hashable, Sendable {
    let slot: UInt32
    let generation: UInt32
}

/// Sockets for datagrams, and the datagrams that the kernel has yet to take, at addresses that do
/// not change. It belongs to its loop.
@safe final class DatagramTable {
    struct Socket {
        var descriptor: Int32 = -1
        var generation: UInt32 = 0
        var isReceiving = false
    }

    /// How many datagrams may be on their way to the kernel.
    static let outgoingLimit = 1024
    /// Memory that is kept for the next datagram at a place.
    private static let keptCapacity = 1 << 12

    var sockets: [Socket] = []
    /// What each receive asks for: the sender's address and no control data. The kernel copies it.
    let receiveHeader: UnsafeMutablePointer<msghdr>
    // What the kernel reads of each datagram on its way, by its place.
    private let headers: UnsafeMutablePointer<msghdr>
    private let parts: UnsafeMutablePointer<iovec>
    private let addresses: UnsafeMutablePointer<sockaddr_storage>
    private let bytes: UnsafeMutablePointer<ByteStore>
    private var free: [Int]
    private var isAbandoned = false

    init() {
        unsafe receiveHeader = .allocate(capacity: 1)
        unsafe receiveHeader.initialize(to: msghdr())
        unsafe receiveHeader.pointee.msg_namelen = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let count = Self.outgoingLimit
        unsafe headers = .allocate(capacity: count)
        unsafe headers.initialize(repeating: msghdr(), count: count)
        unsafe parts = .allocate(capacity: count)
        unsafe parts.initialize(repeating: iovec(), count: count)
        unsafe addresses = .allocate(capacity: count)
        unsafe addresses.initialize(repeating: sockaddr_storage(), count: count)
        unsafe bytes = .allocate(capacity: count)
        for place in 0..<count {
            // SAFETY: each place lies within the memory and is initialised once.
            unsafe (bytes + place).initialize(to: ByteStore())
        }
        free = Array((0..<count).reversed())
    }

    deinit {
        for socket in sockets where socket.descriptor >= 0 { Glibc.close(socket.descriptor) }
        // What the kernel may be using is given up for good rather than handed to malloc.
        guard !isAbandoned else { return }
        unsafe bytes.deinitialize(count: Self.outgoingLimit)
        unsafe bytes.deallocate()
        unsafe headers.deallocate()
        unsafe parts.deallocate()
        unsafe addresses.deallocate()
        unsafe receiveHeader.deallocate()
    }

    /// Gives the memory up for good: the kernel could not be made to let go of it.
    func abandon() { isAbandoned = true }

    /// The place of a socket that is open.
    func slot(of id: DatagramSocketID) -> Int? {
        let slot = Int(id.slot)
        guard slot < sockets.count, sockets[slot].generation == id.generation,
            sockets[slot].descriptor >= 0
        else { return nil }
        return slot
    }

    /// Closes a socket; its name is nobody's any more.
    func close(_ slot: Int) {
        Glibc.close(sockets[slot].descriptor)
        sockets[slot].descriptor = -1
        sockets[slot].generation &+= 1
    }

    /// Takes a place and puts a datagram for `address` there; nil when all are taken.
    func put(_ datagram: Bytes, for address: Address) -> Int? {
        guard let place = free.popLast() else { return nil }
        let target = SocketAddress(address)
        // SAFETY: the place lies within each memory; what the header names lies there as well, and
        // stays until the place is given back.
        unsafe bytes[place].removeAll(keeping: Self.keptCapacity)
        unsafe bytes[place].reserve(max(1, datagram.count))
        unsafe datagram.withUnsafeBytes {
            if let base = $0.baseAddress { unsafe bytes[place].append(base, $0.count) }
        }
        unsafe addresses[place] = target.storage
        unsafe parts[place] = iovec(iov_base: bytes[place].start, iov_len: datagram.count)
        unsafe headers[place].msg_name = UnsafeMutableRawPointer(addresses + place)
        unsafe headers[place].msg_namelen = target.size
        unsafe headers[place].msg_iov = parts + place
        unsafe headers[place].msg_iovlen = 1
        return place
    }

    /// What the kernel reads of the datagram at a place.
    func header(at place: Int) -> UnsafePointer<msghdr> {
        precondition(place < Self.outgoingLimit, "place \(place) of \(Self.outgoingLimit)")
        return unsafe UnsafePointer(headers + place)
    }

    /// Gives a place back.
    func giveBack(_ place: Int) { free.append(place) }
}
