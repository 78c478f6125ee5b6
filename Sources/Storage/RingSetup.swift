import CUring
import Glibc

/// Which threads a ring serves.
enum RingIssuer: Hashable, Sendable {
    /// The thread that submits first, and no other: the kernel saves locks and interrupts.
    case oneThread
    /// Any thread, one at a time; the caller keeps them apart.
    case anyThread
}

/// What is polled for rather than interrupted or called for: lower latency for the price of
/// processor time.
public struct RingPolling: OptionSet, Hashable, Sendable, CustomStringConvertible {
    /// The bits of this set.
    public let rawValue: UInt8

    /// The set with the bits `rawValue`.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// A thread of the kernel's looks for submissions (`SQPOLL`), which then need no system call. It
    /// has a core to itself while requests come, and sleeps 10 ms after the last.
    public static let submissions = RingPolling(rawValue: 1)
    /// The device is asked for completions (`IOPOLL`) rather than left to interrupt. Direct I/O
    /// only, on a device with queues for it; syncs go beside the ring.
    public static let completions = RingPolling(rawValue: 2)

    /// How long the kernel's thread looks before it sleeps.
    static let idleMilliseconds: UInt32 = 10

    /// The kernel's names, joined by `|`; `none` for nothing.
    public var description: String {
        let names = [
            contains(.submissions) ? "SQPOLL" : nil, contains(.completions) ? "IOPOLL" : nil,
        ].compactMap { $0 }
        return names.isEmpty ? "none" : names.joined(separator: "|")
    }
}

/// How a ring was set up, and what the kernel refused before that.
public struct RingSetup: Hashable, Sendable, CustomStringConvertible {
    /// The `IORING_SETUP` flags in force.
    public struct Flags: OptionSet, Hashable, Sendable, CustomStringConvertible {
        /// The kernel's bits.
        public let rawValue: UInt32

        /// The flags with the kernel's bits `rawValue`.
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// The device is polled for completions (Linux 5.1).
        public static let pollsCompletions = Flags(rawValue: IORING_SETUP_IOPOLL)
        /// A thread of the kernel's polls for submissions (Linux 5.11 without privileges).
        public static let pollsSubmissions = Flags(rawValue: IORING_SETUP_SQPOLL)
        /// Starts disabled, and belongs to the thread that enables it.
        public static let startsDisabled = Flags(rawValue: IORING_SETUP_R_DISABLED)
        /// One bad entry does not hold back the rest of a batch (Linux 5.18).
        public static let submitsAll = Flags(rawValue: IORING_SETUP_SUBMIT_ALL)
        /// Completions do not interrupt the thread in user space (Linux 5.19).
        public static let cooperative = Flags(rawValue: IORING_SETUP_COOP_TASKRUN)
        /// A flag in memory tells that completions wait to be finished, so that a thread which spins
        /// need not ask the kernel (Linux 5.19; with `cooperative` or `deferred`).
        public static let showsWork = Flags(rawValue: IORING_SETUP_TASKRUN_FLAG)
        /// Only one thread submits (Linux 6.0).
        public static let singleIssuer = Flags(rawValue: IORING_SETUP_SINGLE_ISSUER)
        /// Completions are finished only when the thread asks for them (Linux 6.1).
        public static let deferred = Flags(rawValue: IORING_SETUP_DEFER_TASKRUN)

        /// The kernel's names, joined by `|`; `none` for no flag.
        public var description: String {
            let names: [(Flags, String)] = [
                (.singleIssuer, "SINGLE_ISSUER"), (.deferred, "DEFER_TASKRUN"),
                (.cooperative, "COOP_TASKRUN"), (.showsWork, "TASKRUN_FLAG"),
                (.submitsAll, "SUBMIT_ALL"),
                (.startsDisabled, "R_DISABLED"), (.pollsSubmissions, "SQPOLL"),
                (.pollsCompletions, "IOPOLL"),
            ]
            let present = names.filter { contains($0.0) }.map(\.1)
            return present.isEmpty ? "none" : present.joined(separator: "|")
        }
    }

    /// A set of flags that the kernel would not take.
    public struct Refusal: Hashable, Sendable, CustomStringConvertible {
        /// What was asked for.
        public let flags: Flags
        /// What the kernel answered.
        public let number: ErrorNumber

        /// The flags and the kernel's answer.
        public var description: String { "\(flags): \(number)" }
    }

    /// The flags in force.
    public let flags: Flags
    /// How many requests one submission can carry.
    public let entries: Int
    /// How many requests may be under way at once.
    public let completionEntries: Int
    /// The sets that were tried before `flags` and refused, best first; empty when the best was
    /// granted.
    public let refusals: [Refusal]

    /// The flags, and what had to be given up.
    public var description: String {
        guard !refusals.isEmpty else { return "flags \(flags)" }
        return "flags \(flags), after \(refusals.map(\.description).joined(separator: "; "))"
    }

    /// The sets of flags to try, best first. The kernel refuses flags that it does not know with
    /// EINVAL, so each step gives up what came last into the kernel. What is to be polled is in all
    /// of them: it was asked for.
    static func candidates(for issuer: RingIssuer, polling: RingPolling = []) -> [Flags] {
        var polled: Flags = []
        if polling.contains(.completions) { polled.insert(.pollsCompletions) }
        if polling.contains(.submissions) {
            // Its thread submits and finishes completions, so that what is about those of ours does
            // not go with it.
            polled.insert(.pollsSubmissions)
            let bound: Flags = [.singleIssuer, .submitsAll, .startsDisabled]
            return (issuer == .oneThread ? [bound] : []).map { $0.union(polled) }
                + [[.submitsAll], []].map { polled.union($0) }
        }
        let anyThread: [Flags] = [[.cooperative, .submitsAll], [.submitsAll], []]
        switch issuer {
        case .anyThread: return anyThread.map { $0.union(polled) }
        case .oneThread:
            let bound: [Flags] = [
                [.singleIssuer, .deferred, .submitsAll, .startsDisabled],
                [.singleIssuer, .cooperative, .submitsAll, .startsDisabled],
            ]
            return (bound + anyThread).map { $0.union(polled) }
        }
    }
}

/// Why io_uring cannot be had here.
public enum RingRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kernel would not set up a ring, whatever the flags.
    case setup(ErrorNumber)
    /// The kernel's io_uring lacks a feature that correctness needs.
    case missingFeature(String)
    /// The kernel's io_uring lacks operations that the ring is for.
    case missingOperations([String])
    /// The file or the device under it cannot be polled for completions.
    case devicePolling(ErrorNumber)

    /// What the kernel answered, and what usually stands behind it.
    public var description: String {
        switch self {
        case .setup(let number): "io_uring_setup: \(number)\(Self.explanation(of: number))"
        case .missingFeature(let name): "this kernel's io_uring lacks the feature \(name)"
        case .missingOperations(let names):
            "this kernel's io_uring lacks \(names.joined(separator: ", "))"
        case .devicePolling(let number):
            "completions cannot be polled for (IOPOLL takes direct I/O on a device with queues "
                + "for it): \(number)"
        }
    }

    private static func explanation(of number: ErrorNumber) -> String {
        switch number.code {
        case ENOSYS: ", the kernel has no io_uring or a filter hides it"
        case EPERM, EACCES: ", forbidden by the sysctl kernel.io_uring_disabled or a filter"
        case ENOMEM: ", the limit of locked memory (ulimit -l) or of memory is reached"
        case EMFILE, ENFILE: ", too many open files"
        default: ""
        }
    }
}
