import CNilometerShims
import Glibc
import Hardware

/// A child process of this one, which does not outlive it.
struct ChildHandle: ~Copyable {
    /// Its number.
    let process: pid_t
    /// How it ended, once that is known.
    private(set) var end: ProcessEnd?
    /// Becomes readable when it ends; -1 where the kernel has no such thing.
    private let watch: Int32

    /// Starts `executable` with two descriptors as 3 and 4, on the hardware threads `places`, or
    /// where this program was started.
    init(
        executable: String, name: String, variables: [String], places: CPUSet?, third: Int32,
        fourth: Int32
    ) throws(ProcessFailure) {
        // What C takes ends at a NUL, and would be cut there.
        let isWhole = !([executable, name] + variables).contains { $0.utf8.contains(0) }
        guard isWhole, places?.isEmpty != true else { throw .refused(.start, SystemError(EINVAL)) }
        let arguments: [UnsafeMutablePointer<CChar>?] = unsafe [strdup(name), nil]
        var environment: [UnsafeMutablePointer<CChar>?] = unsafe variables.map {
            unsafe strdup($0)
        }
        var inherited = unsafe environ
        // SAFETY: the environment is an array of texts that ends with NULL; what this process
        // changes in it while it runs is the program's own affair, as with every reader of it.
        while let variable = unsafe inherited.pointee {
            let text = unsafe String(cString: variable)
            let isOurs = variables.contains { Self.key(of: $0) == Self.key(of: text) }
            if !isOurs { unsafe environment.append(strdup(variable)) }
            unsafe inherited += 1
        }
        unsafe environment.append(nil)
        defer {
            unsafe arguments.forEach { unsafe free($0) }
            unsafe environment.forEach { unsafe free($0) }
        }
        let answer = unsafe Self.start(
            executable, arguments, environment, (places?.indexes ?? []).map { Int32(clamping: $0) },
            third, fourth)
        guard answer > 0 else { throw .refused(.start, SystemError(-answer)) }
        process = answer
        watch = nilometer_watch_process(answer)
    }

    deinit {
        if end == nil, Self.ended(process) == nil {
            Self.signal(process, watch, SIGKILL)
            if Self.awaitEnd(process, watch, Self.patience) == nil {
                _ = nilometer_child_reap_later(process)
            }
        }
        if watch >= 0 { _ = close(watch) }
    }

    /// How it ended, if it has; asks the kernel.
    mutating func poll() -> ProcessEnd? {
        if end == nil { end = Self.ended(process) }
        return end
    }

    private static func ended(_ process: pid_t) -> ProcessEnd? {
        var status: Int32 = 0
        // SAFETY: the status outlives the call.
        let found = unsafe waitpid(process, &status, WNOHANG)
        if found == process {
            let signal = nilometer_termination_signal(status)
            return signal != 0 ? .signalled(signal) : .exited(nilometer_exit_status(status))
        }
        // Somebody else has waited for it, or the kernel has.
        return found < 0 && errno != EINTR ? .unknown : nil
    }

    /// Sends a signal by the descriptor, which means this process also when its number is another's.
    private static func signal(_ process: pid_t, _ watch: Int32, _ number: Int32) {
        if watch < 0 || nilometer_signal_watched(watch, number) != 0 && errno == ENOSYS {
            Glibc.kill(process, number)
        }
    }

    /// Waits until it has ended, at most `milliseconds`.
    mutating func wait(milliseconds: Int32) -> ProcessEnd? {
        if end == nil { end = Self.awaitEnd(process, watch, milliseconds) }
        return end
    }

    private static func awaitEnd(
        _ process: pid_t, _ watch: Int32, _ milliseconds: Int32
    ) -> ProcessEnd? {
        let deadline = MonotonicTime.now() + .milliseconds(Int64(milliseconds))
        while true {
            if let end = ended(process) { return end }
            let now = MonotonicTime.now()
            if now >= deadline { return nil }
            let left = (deadline - now).wholeNanoseconds / 1_000_000
            if watch >= 0 {
                _ = nilometer_await_readable(watch, Int32(clamping: left + 1))
            } else {
                usleep(1000)
            }
        }
    }

    /// Kills it and waits for its end: as a rule some microseconds. One in an uninterruptible sleep
    /// takes no signal; after a second it is left to another thread to wait for.
    mutating func kill() -> ProcessEnd {
        if let end = poll() { return end }
        Self.signal(process, watch, SIGKILL)
        if let end = wait(milliseconds: Self.patience) { return end }
        _ = nilometer_child_reap_later(process)
        end = .unknown
        return .unknown
    }

    private static var patience: Int32 { 1000 }

    private static func start(
        _ executable: String, _ arguments: [UnsafeMutablePointer<CChar>?],
        _ environment: [UnsafeMutablePointer<CChar>?], _ places: [Int32], _ third: Int32,
        _ fourth: Int32
    ) -> Int32 {
        // SAFETY: everything the order points to lives until the call returns, and it returns when
        // the child has executed its program, or failed to.
        unsafe executable.withCString { path in
            unsafe arguments.withUnsafeBufferPointer { arguments in
                unsafe environment.withUnsafeBufferPointer { environment in
                    unsafe places.withUnsafeBufferPointer { places in
                        var order = unsafe nilometer_child_order(
                            path: path, arguments: arguments.baseAddress,
                            environment: environment.baseAddress, third: third, fourth: fourth,
                            places: places.baseAddress, place_count: Int32(places.count))
                        return unsafe nilometer_child_start(&order)
                    }
                }
            }
        }
    }

    private static func key(of variable: String) -> Substring {
        variable.prefix { $0 != "=" }
    }
}
