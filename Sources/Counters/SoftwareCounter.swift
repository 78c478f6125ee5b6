import CNilometerShims
import Glibc
import Hardware

/// A counter of one of the kernel's software events.
///
/// Counts the thread that opened it, wherever that runs; any thread may read it.
public struct SoftwareCounter: ~Copyable, Sendable {
    /// Who is counted.
    public enum Scope: Hashable, Sendable {
        /// The calling thread.
        case thread
        /// The calling thread, and all threads and processes that it and they start from now on.
        case threadAndWhatItStarts
    }

    /// Why an event cannot be counted.
    public struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        /// The event.
        public let event: SoftwareEvent
        /// The kernel's answer.
        public let error: SystemError
        /// The value of `/proc/sys/kernel/perf_event_paranoid`; `nil` where there is none.
        public let paranoia: Int?

        /// The call and the kernel's words.
        public var description: String {
            let rights = error.code == EACCES || error.code == EPERM
            let level = rights ? paranoia.map { "; kernel.perf_event_paranoid is \($0)" } : nil
            return "perf_event_open: \(error)\(level ?? "")"
        }
    }

    /// The event.
    public let event: SoftwareEvent
    /// Whether what happens in the kernel is left out, because counting it is not permitted here.
    public let isUserOnly: Bool
    private let descriptor: Int32

    /// Starts counting `event`.
    ///
    /// Where the kernel's part may not be counted, and the event is one of which another part
    /// remains, that part is counted and `isUserOnly` says so.
    public init(_ event: SoftwareEvent, scope: Scope = .thread) throws(Refusal) {
        let withThreads = scope == .threadAndWhatItStarts
        var isUserOnly = false
        var descriptor = nilometer_perf_open_software(event.number, true, withThreads)
        var error = errno
        if descriptor < 0, error == EACCES || error == EPERM, event.kernelShare != .everything {
            descriptor = nilometer_perf_open_software(event.number, false, withThreads)
            error = errno
            isUserOnly = event.kernelShare == .partial
        }
        guard descriptor >= 0 else {
            throw Refusal(
                event: event, error: SystemError(error), paranoia: SoftwareCounter.paranoia())
        }
        self.event = event
        self.isUserOnly = isUserOnly
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// What was counted since it was opened: events, or nanoseconds for the clocks; `nil` where the
    /// kernel did not count for all of that time. One system call.
    public var count: Int64? {
        var reading = nilometer_perf_reading()
        // SAFETY: the reading is written during the call.
        guard unsafe nilometer_perf_read(descriptor, &reading) == 0,
            reading.running >= reading.enabled
        else { return nil }
        return Int64(truncatingIfNeeded: reading.count)
    }

    private static func paranoia() -> Int? {
        KernelFile.text(of: "/proc/sys/kernel/perf_event_paranoid", most: 16)
            .flatMap { Int($0.prefix { $0 == "-" || $0.isNumber }) }
    }
}

/// How often threads of this process were moved between processors.
public struct MigrationCount: ~Copyable, Sendable {
    private let counter: SoftwareCounter?
    /// Why nothing is counted; `nil` where something is.
    public let refusal: String?

    /// Counts the calling thread and those that are started from now on: to be made first.
    public init() {
        do {
            counter = try SoftwareCounter(.migrations, scope: .threadAndWhatItStarts)
            refusal = nil
        } catch {
            counter = nil
            refusal = error.description
        }
    }

    /// Counts nothing, for `reason`.
    public init(declining reason: String) {
        counter = nil
        refusal = reason
    }

    /// Migrations so far; `nil` where they are not counted.
    public var value: Int? {
        switch counter {
        case .some(let counter): counter.count.map { Int($0) }
        case .none: nil
        }
    }
}
