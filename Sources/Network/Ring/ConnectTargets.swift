import Glibc

/// Addresses that the kernel reads when it is handed a request to connect, in memory that does not
/// move.
///
/// A place is used again after as many others as there are entries in the ring's queue: all that
/// were in it have then been handed over.
@safe final class ConnectTargets {
    private let places: UnsafeMutablePointer<sockaddr_storage>
    private let count: Int
    private var next = 0

    /// Room for `count` addresses.
    init(count: Int) {
        self.count = count
        unsafe places = .allocate(capacity: count)
        unsafe places.initialize(repeating: sockaddr_storage(), count: count)
    }

    // The kernel reads addresses only while it is handed requests.
    deinit { unsafe places.deallocate() }

    /// Puts an address where the kernel can read it.
    func place(for address: SocketAddress) -> UnsafeMutablePointer<sockaddr> {
        let place = unsafe places + next
        unsafe place.pointee = address.storage
        next = (next + 1) % count
        // SAFETY: the storage is large enough and aligned for every address.
        return unsafe UnsafeMutableRawPointer(place).assumingMemoryBound(to: sockaddr.self)
    }
}
