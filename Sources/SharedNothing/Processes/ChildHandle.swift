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

    /// Starts `executable` with two descriptors as 3 and 4.
    init(
        executable: String, name: String, variables: [String], third: Int32, fourth: Int32
    ) throws(ProcessFailure) {
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
        let answer = unsafe Self.start(executable, arguments, environment, third, fourth)
        guard answer > 0 else { throw .refused(.start, SystemError(-answer)) }
        process = answer
        watch = nilometer_watch_process(answer)
    }

    deinit {
        if end == nil {
            Glibc.kill(process, SIGKILL)
            Self.reap(process)
        }
        if watch >= 0 { _ = close(watch) }
    }

    /// How it ended, if it has; asks the kernel.
    mutating func poll() -> ProcessEnd? {
        if let end { return end }
        var status: Int32 = 0
        // SAFETY: the status outlives the call.
        let found = unsafe waitpid(process, &status, WNOHANG)
        if found == process {
            let signal = nilometer_termination_signal(status)
            end = signal != 0 ? .signalled(signal) : .exited(nilometer_exit_status(status))
        } else if found < 0 && errno != EINTR {
            end = .unknown
        }
        return end
    }

    /// Waits until it has ended, at most `milliseconds`.
    mutating func wait(milliseconds: Int32) -> ProcessEnd? {
        let deadline = MonotonicTime.now() + .milliseconds(Int64(milliseconds))
        while true {
            if let end = poll() { return end }
            let left = (deadline - MonotonicTime.now()).wholeNanoseconds / 1_000_000
            if MonotonicTime.now() >= deadline { return nil }
            if watch >= 0 {
                _ = nilometer_await_readable(watch, Int32(clamping: left + 1))
            } else {
                usleep(1000)
            }
        }
    }

    /// Kills it and waits for its end.
    mutating func kill() -> ProcessEnd {
        if let end = poll() { return end }
        Glibc.kill(process, SIGKILL)
        while true {
            if let end = wait(milliseconds: 1000) { return end }
        }
    }

    private static func start(
        _ executable: String, _ arguments: [UnsafeMutablePointer<CChar>?],
        _ environment: [UnsafeMutablePointer<CChar>?], _ third: Int32, _ fourth: Int32
    ) -> Int32 {
        // SAFETY: everything the order points to lives until the call returns, and it returns when
        // the child has executed its program, or failed to.
        unsafe executable.withCString { path in
            unsafe arguments.withUnsafeBufferPointer { arguments in
                unsafe environment.withUnsafeBufferPointer { environment in
                    var order = unsafe nilometer_child_order(
                        path: path, arguments: arguments.baseAddress,
                        environment: environment.baseAddress, third: third, fourth: fourth)
                    return unsafe nilometer_child_start(&order)
                }
            }
        }
    }

    private static func reap(_ process: pid_t) {
        while waitpid(process, nil, 0) < 0 && errno == EINTR { continue }
    }

    private static func key(of variable: String) -> Substring {
        variable.prefix { $0 != "=" }
    }
}
