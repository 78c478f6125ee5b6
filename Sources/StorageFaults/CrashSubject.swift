/// Something that keeps promises across crashes: a log, a store, a sequencer, over operations of the
/// simulated file system. It is one opener; the explorer makes another after every crash.
///
/// The subject of a test is the thing itself and the few lines that drive it and know what it has
/// promised.
package protocol CrashSubject: ~Copyable {
    /// What can be asked of it.
    associatedtype Operation: Sendable
    /// What callers were told, and what is under way: all that says how it may come out of a crash.
    associatedtype Promises: Sendable
    /// Why it cannot be opened.
    associatedtype Failure: Error

    /// Does `operation`, and notes in the ledger what it is about to do before it does it, and what
    /// was promised as soon as it was. An error that the subject reports is no failure of the test:
    /// it says what was not promised.
    mutating func perform(_ operation: Operation, _ ledger: Ledger<Promises>)

    /// Compares what is there after `crash` with what was promised, and returns what is wrong, if
    /// anything is. The promises become what can be relied on from now on.
    mutating func audit(_ promises: inout Promises, after crash: Crash) -> String?

    /// Closes it, as a process does that ends well, and takes back what was promised if that fails.
    consuming func close(_ ledger: Ledger<Promises>)
}

/// What was promised so far. The explorer reads it at every step of the file system, in the middle of
/// operations.
package final class Ledger<Promises> {
    /// What was promised so far.
    package var promises: Promises

    /// A ledger that begins with these promises.
    package init(_ promises: Promises) { self.promises = promises }
}
