import Glibc

/// An address as the kernel takes and gives it.
struct SocketAddress {
    private(set) var storage = sockaddr_storage()
    private(set) var size: socklen_t

    /// Room for what the kernel says.
    init() { size = socklen_t(MemoryLayout<sockaddr_storage>.size) }

    init(_ address: Address) {
        switch address.host {
        case .v4(let host):
            var made = sockaddr_in()
            made.sin_family = sa_family_t(AF_INET)
            made.sin_port = address.port.bigEndian
            made.sin_addr = in_addr(s_addr: host.bigEndian)
            self.init(copying: made)
        case .v6:
            var made = sockaddr_in6()
            made.sin6_family = sa_family_t(AF_INET6)
            made.sin6_port = address.port.bigEndian
            // SAFETY: both are the address's 16 bytes.
            unsafe withUnsafeMutableBytes(of: &made.sin6_addr) {
                unsafe $0.copyBytes(from: address.networkBytes)
            }
            self.init(copying: made)
        }
    }

    private init<Value>(copying value: Value) {
        size = socklen_t(MemoryLayout<Value>.size)
        // SAFETY: every address fits into the storage, and both are plain bytes.
        unsafe withUnsafeMutableBytes(of: &storage) { storage in
            unsafe withUnsafeBytes(of: value) { unsafe storage.copyMemory(from: $0) }
        }
    }

    /// The family of the address.
    var family: Int32 { Int32(storage.ss_family) }

    /// The address; nil where it is of another family.
    var address: Address? {
        // SAFETY: the storage is large enough and aligned for every address; its family says which.
        unsafe withUnsafeBytes(of: storage) { bytes in
            unsafe Self.address(in: bytes)
        }
    }

    /// The address that `bytes` hold as the kernel gives it; nil where that is of another family or
    /// cut short.
    static func address(in bytes: UnsafeRawBufferPointer) -> Address? {
        guard bytes.count >= MemoryLayout<sa_family_t>.size else { return nil }
        // SAFETY: each case reads as many bytes as it has checked to be there.
        switch Int32(unsafe bytes.loadUnaligned(as: sa_family_t.self)) {
        case AF_INET:
            guard bytes.count >= MemoryLayout<sockaddr_in>.size else { return nil }
            let found = unsafe bytes.loadUnaligned(as: sockaddr_in.self)
            return Address(
                .v4(UInt32(bigEndian: found.sin_addr.s_addr)),
                port: UInt16(bigEndian: found.sin_port))
        case AF_INET6:
            // Its parts one by one: Swift does not take the type, with its union, for plain bytes.
            guard bytes.count >= MemoryLayout<sockaddr_in6>.size else { return nil }
            let port = unsafe bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)
            let high = unsafe bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
            let low = unsafe bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
            return Address(
                .v6(high: UInt64(bigEndian: high), low: UInt64(bigEndian: low)),
                port: UInt16(bigEndian: port))
        default: return nil
        }
    }

    /// Calls `body` with the address as C has it.
    func with<Answer>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Answer) -> Answer {
        // SAFETY: the storage is large enough and aligned for every address, and outlives the call.
        unsafe withUnsafePointer(to: storage) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, size) }
        }
    }

    /// Calls `body` with room for an address.
    mutating func fill(
        _ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) -> Int32 {
        // SAFETY: as in `with`; the kernel writes as much as the size says that there is.
        unsafe withUnsafeMutablePointer(to: &storage) { storage in
            unsafe withUnsafeMutablePointer(to: &size) { size in
                unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe body($0, size)
                }
            }
        }
    }
}
