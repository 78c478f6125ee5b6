import CUring
import Glibc

/// Which threads a ring serves.
enum RingIssuer: Hashable, Sendable {
    /// The thread that submits first, and no other: the kernel saves locks and interrupts.
    case oneThread
    /// Any thread, one at a time; the caller keeps them apart.
    case anyThread
}

/// How a ring was set up, and what the kernel refused before that.
public struct RingSetup: Hashable, Sendable, CustomStringConvertible {
    /// The `IORING_SETUP` flags in force.
    public struct Flags: OptionSet, Hashable, Sendable, CustomStringConvertible {
        /// The kernel's bits.
        public let rawValue: UInt32

        /// The flags with the kernel's bits `rawValue`.
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// Starts disabled, and belongs to the thread that enables it.
        public static let startsDisabled = Flags(rawValue: IORING_SETUP_R_DISABLED)
        /// One bad entry does not hold back the rest of a batch (Linux 5.18).
        public static let submitsAll = Flags(rawValue: IORING_SETUP_SUBMIT_ALL)
        /// Completions do not interrupt the thread in user space (Linux 5.19).
        public static let cooperative = Flags(rawValue: IORING_SETUP_COOP_TASKRUN)
        /// Only one thread submits (Linux 6.0).
        public static let singleIssuer = Flags(rawValue: IORING_SETUP_SINGLE_ISSUER)
        /// Completions are finished only when the thread asks for them (Linux 6.1).
        public static let deferred = Flags(rawValue: IORING_SETUP_DEFER_TASKRUN)

        /// The kernel's names, joined by `|`; `none` for no flag.
        public var description: String {
            let names: [(Flags, String)] = [
                (.singleIssuer, "SINGLE_ISSUER"), (.deferred, "DEFER_TASKRUN"),
                (.cooperative, "COOP_TASKRUN"), (.submitsAll, "SUBMIT_ALL"),
                (.startsDisabled, "R_DISABLED"),
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
    /// EINVAL, so each step gives up what came last into the kernel.
    static func candidates(for issuer: RingIssuer) -> [Flags] {
        let anyThread: [Flags] = [[.cooperative, .submitsAll], [.submitsAll], []]
        switch issuer {
        case .anyThread: return anyThread
        case .oneThread:
            return [
                [.singleIssuer, .deferred, .submitsAll, .startsDisabled],
                [.singleIssuer, .cooperative, .submitsAll, .startsDisabled],
            ] + anyThread
        }
    }
}

/// Why io_uring cannot be had here.
public enum RingRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kernel would not set up a ring, whatever the flags.
    case setup(ErrorNumber)
    /// The kernel's io_uring lacks a feature that correctness needs.
    case missingFeature(String)
    /// The kernel's io_uring lacks operations that a file needs.
    case missingOperations([String])

    /// What the kernel answered, and what usually stands behind it.
    public var description: String {
        switch self {
        case .setup(let number): "io_uring_setup: \(number)\(Self.explanation(of: number))"
        case .missingFeature(let name): "this kernel's io_uring lacks the feature \(name)"
        case .missingOperations(let names):
            "this kernel's io_uring lacks \(names.joined(separator: ", "))"
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
