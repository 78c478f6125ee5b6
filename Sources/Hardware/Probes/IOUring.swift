/// What io_uring can do for this process: found by trying, because a kernel that has it may refuse
/// it (seccomp, `kernel.io_uring_disabled`), and a version number tells nothing of back-ports.
public struct IOUring: Codable, Equatable, Sendable {
    /// Whether a ring could be made and an operation went through it. Where the answer is no, the
    /// source says who refused.
    public var works: Fact<Bool>
    /// What the kernel promises (`IORING_FEAT_*`), in the order of its bits.
    public var features: Fact<[String]>
    /// The operations it takes (`IORING_OP_*`), in the order of their codes.
    public var operations: Fact<[String]>
    /// The ways to set up a ring that a ring was made with (`IORING_SETUP_*`).
    public var setups: Fact<[String]>
    /// The ways that were refused, and why.
    public var refusedSetups: Fact<[Refusal]>

    /// A way to set up a ring that was refused.
    public struct Refusal: Codable, Equatable, Sendable {
        /// The flag without its prefix; with the flags it needs, joined by `+`.
        public var setup: String
        /// The system's error.
        public var reason: String
    }

    /// Nothing is known of a machine that is only described.
    static var described: IOUring {
        IOUring(
            works: .notRunning, features: .notRunning, operations: .notRunning,
            setups: .notRunning, refusedSetups: .notRunning)
    }

    /// io_uring where no ring can be made.
    static func refused(_ error: SystemError, by operation: String) -> IOUring {
        let reason = "io_uring is refused: \(error)"
        return IOUring(
            works: .known(false, source: "\(operation): \(error)"),
            features: .unknown(reason: reason, source: operation),
            operations: .unknown(reason: reason, source: operation),
            setups: .unknown(reason: reason, source: operation),
            refusedSetups: .unknown(reason: reason, source: operation))
    }
}

/// The kernel's names, in the order of its numbers (include/uapi/linux/io_uring.h of Linux 6.16).
/// Written out because the header of the library may be years older than the kernel.
extension IOUring {
    static let featureNames = [
        "SINGLE_MMAP", "NODROP", "SUBMIT_STABLE", "RW_CUR_POS", "CUR_PERSONALITY", "FAST_POLL",
        "POLL_32BITS", "SQPOLL_NONFIXED", "EXT_ARG", "NATIVE_WORKERS", "RSRC_TAGS", "CQE_SKIP",
        "LINKED_FILE", "REG_REG_RING", "RECVSEND_BUNDLE", "MIN_TIMEOUT", "RW_ATTR", "NO_IOWAIT",
    ]

    static let operationNames = [
        "NOP", "READV", "WRITEV", "FSYNC", "READ_FIXED", "WRITE_FIXED", "POLL_ADD", "POLL_REMOVE",
        "SYNC_FILE_RANGE", "SENDMSG", "RECVMSG", "TIMEOUT", "TIMEOUT_REMOVE", "ACCEPT",
        "ASYNC_CANCEL", "LINK_TIMEOUT", "CONNECT", "FALLOCATE", "OPENAT", "CLOSE", "FILES_UPDATE",
        "STATX", "READ", "WRITE", "FADVISE", "MADVISE", "SEND", "RECV", "OPENAT2", "EPOLL_CTL",
        "SPLICE", "PROVIDE_BUFFERS", "REMOVE_BUFFERS", "TEE", "SHUTDOWN", "RENAMEAT", "UNLINKAT",
        "MKDIRAT", "SYMLINKAT", "LINKAT", "MSG_RING", "FSETXATTR", "SETXATTR", "FGETXATTR",
        "GETXATTR", "SOCKET", "URING_CMD", "SEND_ZC", "SENDMSG_ZC", "READ_MULTISHOT", "WAITID",
        "FUTEX_WAIT", "FUTEX_WAKE", "FUTEX_WAITV", "FIXED_FD_INSTALL", "FTRUNCATE", "BIND",
        "LISTEN", "RECV_ZC", "EPOLL_WAIT", "READV_FIXED", "WRITEV_FIXED", "PIPE",
    ]

    /// The ways that are tried, with the flags each needs.
    static let setupFlags: [(name: String, flags: UInt32)] = [
        ("SQPOLL", 1 << 1),
        ("IOPOLL", 1 << 0),
        ("COOP_TASKRUN", 1 << 8),
        ("SINGLE_ISSUER", 1 << 12),
        ("SINGLE_ISSUER+DEFER_TASKRUN", 1 << 12 | 1 << 13),
        ("NO_SQARRAY", 1 << 16),
        ("IOPOLL+HYBRID_IOPOLL", 1 << 0 | 1 << 17),
    ]

    /// The names of the bits of `mask`; a bit newer than the list keeps its number.
    static func names(of mask: UInt32, from names: [String]) -> [String] {
        (0..<32).filter { mask >> $0 & 1 == 1 }.map { bit in
            bit < names.count ? names[bit] : "BIT_\(bit)"
        }
    }

    /// The name of an operation; one newer than the list keeps its code.
    static func operationName(_ code: Int) -> String {
        code < operationNames.count ? operationNames[code] : "OP_\(code)"
    }
}
