import Glibc

@testable import Storage

/// What this machine lets the tests try.
enum Engines {
    /// Why io_uring cannot be had here; `nil` where it can.
    static let ringRefusal: RingRefusal? = {
        do throws(RingRefusal) {
            _ = try SubmissionRing(entries: 1, issuer: .anyThread)
            return nil
        } catch {
            return error
        }
    }()

    static var hasRing: Bool { ringRefusal == nil }

    /// Whether a ring can be bound to one thread here.
    static var hasSingleIssuer: Bool {
        do throws(RingRefusal) {
            return try SubmissionRing(entries: 1, issuer: .oneThread).setup.flags
                .contains(.singleIssuer)
        } catch {
            return false
        }
    }

    /// Whether there is a command that takes the lock in a process of its own.
    static var hasLockCommand: Bool { unsafe access("/usr/bin/flock", X_OK) == 0 }

    /// The engines that work here: every rule is tested over each.
    static var available: [AppendFile.EngineChoice] {
        hasRing ? [.portable, .ioUring] : [.portable]
    }
}

extension StorageError {
    /// The kernel's answer, where that is what it is about.
    var number: Int32? {
        if case .refused(_, _, let number) = self { number.code } else { nil }
    }
}

/// A request that was made has no completion, or the completion not its buffer.
struct LostRequest: Error {}

extension FileRing {
    /// The next completion; a request must be under way, and none is a failure of the test.
    mutating func requiredCompletion() throws -> Completion {
        guard let done = awaitCompletion() else { throw LostRequest() }
        return done
    }
}

/// What `body` throws, or `nil`.
func failure(of body: () throws(StorageError) -> Void) -> StorageError? {
    do throws(StorageError) {
        try body()
        return nil
    } catch {
        return error
    }
}
