import Hardware

/// How a process ended.
public enum ProcessEnd: Sendable, Equatable, CustomStringConvertible {
    /// By itself, with this status.
    case exited(Int32)
    /// By a signal. A Swift trap is SIGILL or SIGTRAP.
    case signalled(Int32)
    /// Nobody knows: somebody else has waited for it, or this program ignores SIGCHLD.
    case unknown

    /// `SIGILL`, `status 3`.
    public var description: String {
        switch self {
        case .exited(let status): "status \(status)"
        case .signalled(let number): Self.names[number] ?? "signal \(number)"
        case .unknown: "an unknown end"
        }
    }

    private static let names: [Int32: String] = [
        1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT",
        7: "SIGBUS", 8: "SIGFPE", 9: "SIGKILL", 11: "SIGSEGV", 13: "SIGPIPE", 14: "SIGALRM",
        15: "SIGTERM", 24: "SIGXCPU", 25: "SIGXFSZ", 31: "SIGSYS",
    ]
}

/// What can go wrong with a worker in a process of its own.
public enum ProcessFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// What the system can refuse.
    public enum Operation: String, Sendable, Equatable {
        /// Shared memory could not be made or mapped.
        case shareMemory = "share memory"
        /// The process could not be started.
        case start = "start a process"
    }

    /// The system refused it.
    case refused(Operation, SystemError)
    /// This process was itself started for a worker, and its program did not hand over to
    /// `ProcessRegistry.runIfChild` first: starting more would never end.
    case notHandedOver
    /// The process ended while it handled the message with this number; nil where it handled none,
    /// or its worker had not started.
    case ended(ProcessEnd, handling: UInt64?)
    /// The worker threw in `start`; its own words.
    case startFailed(String)
    /// The process wrote what cannot be, and was killed.
    case garbled(LinkFault, handling: UInt64?)
    /// The message is longer than the ring can ever carry.
    case messageTooLong(byteCount: Int, longest: Int)
    /// The process did not end in time, and was killed.
    case stopTimedOut
    /// The worker did not start, or did not answer the message with this number, in time, and was
    /// killed.
    case tookTooLong(UInt64?)
    /// Handling the message threw; the error in its own words.
    case handlingFailed(String)
    /// The answer means nothing.
    case undecodableAnswer(WireError)

    /// One line for a person.
    public var description: String {
        switch self {
        case .refused(let operation, let error): "cannot \(operation.rawValue): \(error)"
        case .notHandedOver:
            "this process was started for a worker, and its main did not call "
                + "ProcessRegistry.runIfChild first"
        case .ended(let end, let ordinal):
            "the process ended with \(end)\(Self.place(ordinal))"
        case .startFailed(let reason): "the worker did not start: \(reason)"
        case .garbled(let fault, let ordinal):
            "the process wrote \(fault)\(Self.place(ordinal)), and was killed"
        case .messageTooLong(let byteCount, let longest):
            "a message of \(byteCount) bytes, \(longest) are the most"
        case .stopTimedOut: "the process did not end in time, and was killed"
        case .tookTooLong(let ordinal):
            "the process did not \(ordinal.map { "answer message \($0)" } ?? "start") in time, "
                + "and was killed"
        case .handlingFailed(let reason): reason
        case .undecodableAnswer(let error): "an answer that means nothing: \(error)"
        }
    }

    /// The number of the message that the process ended at, if it did.
    var messageInHand: UInt64? {
        switch self {
        case .ended(_, let ordinal), .garbled(_, let ordinal), .tookTooLong(let ordinal): ordinal
        default: nil
        }
    }

    private static func place(_ ordinal: UInt64?) -> String {
        ordinal.map { " at message \($0)" } ?? ""
    }
}
