import Channels
import Glibc
import Quantities
import Synchronization

/// A thread that does nothing but storage: it owns a `FileRing`, and any number of callers reach it
/// over a channel.
///
///     let worker = try IOWorker(options: .init(ring: .init(engine: .automatic, depth: 64)))
///     var caller = try worker.caller(depth: 8)
///     let file = try caller.open("data", options: .init(mode: .reading, access: .automatic))
///     var buffer = IOBuffer(capacity: 4096)
///     let count = try caller.read(4096, into: &buffer, from: file, at: 0)
///
/// Requests travel through one inbox, from which the worker takes as many as its ring has room for;
/// completions come back to each caller by a channel of its own, which has room for all that the
/// caller may ask for at once. No locks are taken on that way. While requests are under way the
/// worker sleeps in the kernel, where a completion wakes it, or a caller that has sent something.
///
/// What a `FileRing` guarantees holds here: when the ring fails, everybody who waits is told, and so
/// is everybody who asks later.
///
/// Any thread may use the worker; each caller belongs to one thread at a time.
public final class IOWorker: Sendable {
    /// How to set a worker up.
    public struct Options: Sendable {
        /// Its ring.
        public var ring: FileRing.Options
        /// How many messages may wait for it, at least 1; who sends more waits.
        public var inbox: Int
        /// What its thread does first: binding itself to a processing unit, say.
        public var prepare: @Sendable () -> Void

        /// Options with the given ring; by default 256 messages may wait, and the thread is left
        /// where it is.
        public init(
            ring: FileRing.Options, inbox: Int = 256,
            prepare: @escaping @Sendable () -> Void = {}
        ) {
            self.ring = ring
            self.inbox = inbox
            self.prepare = prepare
        }
    }

    /// The way to the kernel that its ring takes.
    public let engine: FileRing.Engine
    /// What the kernel keeps in its tables.
    public let registrations: FileRing.Registrations
    /// The descriptor of its ring, which a test breaks; -1 without a ring.
    let ringDescriptor: Int32

    private let inbox: IOInbox.Producer
    private let bell: Doorbell
    private let thread: WorkerThread
    private let callers = Atomic<UInt32>(0)

    /// Starts the thread and waits until its ring is set up.
    ///
    /// - Throws: What `FileRing.init` throws; `.refused(.submit, …)` when there is no doorbell to be
    ///   had or no thread.
    public init(options: Options) throws(StorageError) {
        let channel = IOInbox(capacity: options.inbox)
        inbox = channel.producer.clone()
        do throws(ErrorNumber) {
            bell = try Doorbell()
        } catch {
            throw .refused(.submit, path: "a storage worker", error)
        }
        let start = WorkerStart(channel.consumer)
        thread = try WorkerThread { [bell] in
            options.prepare()
            IOLoop.run(start, bell, options.ring)
        }
        switch start.awaitOutcome() {
        case .success(let facts):
            engine = facts.engine
            registrations = facts.registrations
            ringDescriptor = facts.descriptor
        case .failure(let error):
            thread.join()
            throw error
        }
    }

    deinit { stop() }

    /// Makes a caller that may have `depth` requests under way at once, at least 1.
    ///
    /// - Throws: `.closed` when the worker has been stopped.
    public func caller(depth: Int) throws(StorageError) -> IOCaller {
        precondition(depth >= 1, "a caller with \(depth) requests at once")
        let index = callers.wrappingAdd(1, ordering: .relaxed).newValue
        return try IOCaller(index: index, depth: depth, inbox: inbox.clone(), bell: bell)
    }

    /// Refuses new requests, waits until all that were accepted have completed, and ends the thread;
    /// what was left open is closed. Callers can still take their completions. Any number of times.
    public func stop() {
        inbox.closeForAll()
        thread.join()
    }
}
