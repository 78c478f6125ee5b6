import CNilometerShims
import Glibc

/// Sleeps until a child ends, without waking the processors that it measures on.
///
/// Waits on a process descriptor (`pidfd_open`). Where the kernel refuses one, it sleeps for
/// ``fallbackSleep`` milliseconds at a time instead; ``refusal()`` lets a fork say so beside its
/// figures.
struct ChildWatch: ~Copyable {
    /// The length of a sleep, in milliseconds, where the kernel gives no process descriptor.
    static let fallbackSleep = 50

    /// The process descriptor, or -1.
    private let descriptor: Int32

    /// Watches `child`, a child of this process that was not waited for yet.
    init(_ child: pid_t) {
        descriptor = nilometer_watch_process(child)
    }

    /// A watch that sleeps, as where the kernel gives no process descriptor.
    init(withoutDescriptor: Void) {
        descriptor = -1
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Returns when the child has ended, a signal arrived or `milliseconds` have passed; where
    /// there is no descriptor, after a sleep.
    func wait(milliseconds: Int32) {
        if descriptor >= 0 {
            _ = nilometer_await_readable(descriptor, milliseconds)
        } else {
            usleep(UInt32(min(Int(milliseconds), Self.fallbackSleep)) * 1000)
        }
    }

    /// Why the kernel gives no process descriptors, as a fact to note beside figures; `nil` when
    /// it does.
    static func refusal() -> String? {
        let descriptor = nilometer_watch_process(getpid())
        guard descriptor < 0 else {
            close(descriptor)
            return nil
        }
        // SAFETY: strerror's text is copied at once.
        let reason = unsafe String(cString: strerror(errno))
        return "the suite woke every \(fallbackSleep) ms: pidfd_open is refused (\(reason))"
    }
}
