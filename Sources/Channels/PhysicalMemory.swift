import Glibc

/// The memory that this machine has.
@usableFromInline
enum PhysicalMemory {
    /// Bytes; all that can be addressed where the kernel does not tell.
    static let byteCount: Int = {
        let pages = sysconf(Int32(_SC_PHYS_PAGES))
        let pageSize = sysconf(Int32(_SC_PAGESIZE))
        return pages > 0 && pageSize > 0 ? pages * pageSize : .max
    }()

    /// Stops a program whose channel would touch more than there is, which would end it without a
    /// word otherwise, or another one in its place.
    @usableFromInline
    static func require(_ bytes: Int) {
        precondition(
            bytes <= byteCount,
            "a channel of \(bytes >> 20) MiB on a machine that has \(byteCount >> 20) MiB")
    }
}
