import Glibc

/// An `errno` value: why the kernel refused something.
public struct ErrorNumber: Error, Hashable, Sendable, CustomStringConvertible {
    /// The positive `errno` value.
    public let code: Int32

    /// The error with the given positive `errno` value.
    public init(code: Int32) {
        precondition(code > 0, "an errno is positive, not \(code)")
        self.code = code
    }

    /// The C library's text and the number, such as `No space left on device (errno 28)`.
    public var description: String {
        guard let text = unsafe strerror(code) else { return "errno \(code)" }
        // glibc's strerror returns a constant or a thread's own buffer; it is copied at once.
        return unsafe "\(String(cString: text)) (errno \(code))"
    }

    /// A signal came in between: nothing was done, and nothing is wrong.
    var isInterruption: Bool { code == EINTR }

    /// A sync with this answer did not run: a signal came in between, or the write that it was linked
    /// to was short or failed.
    var saysNothing: Bool { code == EINTR || code == ECANCELED }

    /// A write with this answer did not run for a passing reason, and may be made again.
    package var isPassing: Bool { code == EINTR || code == EAGAIN }

    /// There is no room for what was asked: what is there already is unharmed.
    package var isLackOfRoom: Bool { code == ENOSPC || code == EDQUOT || code == EFBIG }
}
