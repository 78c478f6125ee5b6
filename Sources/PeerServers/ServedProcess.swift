/// A server that a program serves, wherever that runs, with what can be done to it.
///
/// For one thread at a time.
protocol ServedProcess: AnyObject {
    /// Where all that it writes goes, on this machine.
    var log: String { get }
    /// Its number, where it runs on this machine.
    var localProcess: Int32? { get }
    /// Looks whether it has ended by itself, and says how: nil while it runs, and while it is killed. Does
    /// not wait.
    func ownEnd() -> PeerFailure?
    /// Kills it where it stands and waits until it is gone. What it kept stays for ``startAgain()``.
    func kill() throws(PeerFailure)
    /// Stops it where it stands.
    func freeze() throws(PeerFailure)
    /// Lets it go on that was frozen.
    func thaw() throws(PeerFailure)
    /// Starts it once more that was killed, with all that it had kept.
    func startAgain() throws(PeerFailure)
    /// Calls `attempt` until it succeeds, which it does not before the server answers.
    func answering<Answer>(
        _ attempt: () throws(PeerFailure) -> Answer
    ) throws(PeerFailure) -> Answer
    /// Ends it, and removes what it kept. May be called again.
    func stop()
}

extension GuardedServer: ServedProcess {
    var log: String { home.log }
    var localProcess: Int32? { process }
}
