import CNilometerShims
import CUring
import Glibc
public import StateMachines
import Storage

/// Connections of one thread, over one io_uring or over a carrier's sockets: a reactor that is
/// turned by its owner.
///
///     var loop = try EventLoop(options: .init(waiting: .blocking))
///     try loop.listen(at: Address(parsing: "127.0.0.1:7000"), options: .init(content: frames))
///     while handler.wantsMore { try loop.turn(&handler) }
///
/// A turn hands over to the kernel all that was said since the last one and waits for something to
/// happen, in one system call; then it tells the handler all that has happened. A listener is asked
/// for once and accepts for ever, and so does a connection's receive (multishot, Linux 5.19 and
/// 6.0); the kernel puts what it receives into buffers that all connections share. What is said to
/// a peer within a turn is gathered and leaves as one send; while that is under way the next is
/// gathered.
///
/// It holds no lock and belongs to the thread that turns it first, where the kernel supports that
/// (`SINGLE_ISSUER`): other threads reach it by a ``Waker``. What each connection may cost is
/// bounded by ``ConnectionOptions``.
///
/// Over another ``Transport`` than the ring the sockets belong to a carrier's thread, which the loop
/// gives orders in place of requests and hears events from in place of completions. All that is
/// promised above, and what it takes to promise it, is the same code.
///
/// Source: Axboe, "Efficient IO with io_uring" (2019) and "io_uring and networking in 2023".
@safe public struct EventLoop: ~Copyable {
    /// What the connections go over.
    public let transport: Transport
    /// What the kernel granted to the loop's ring; nil over another transport.
    public let capabilities: LoopCapabilities?
    /// What happened so far.
    public internal(set) var statistics = LoopStatistics()
    /// The time at which this turn's events were taken.
    public internal(set) var now: Moment

    let options: Options
    // Before what the kernel may be using, whose memory goes after the ring.
    private let kernelRing: SocketRing?
    let table: ConnectionTable
    private let kernelBuffers: ReceiveBuffers?
    /// The sockets that are somebody else's; nil where the ring has them.
    let carriage: Carriage?
    let bell: Doorbell
    /// Where the bell's count goes; it is the kernel's while the loop lives.
    let bellCount: UnsafeMutablePointer<UInt64>
    /// Whether the kernel listens to the bell.
    var isBellHung = false
    var listeners: [Listener] = []
    var watches: [Watch] = []
    var timers = TimerHeap()
    /// Connections that have something to send.
    var awaitingSend: [Int] = []
    /// Connections that are to be received from.
    var awaitingReceive: [Int] = []
    /// Connections that are to be told what was kept for them.
    var awaitingHeld: [Int] = []
    /// Connections whose end is to be told.
    var ended: [Int] = []
    let datagrams: DatagramTable
    let targets: ConnectTargets

    /// Sets a loop up over `transport`.
    ///
    /// - Throws: `NetworkError.ringUnavailable` where io_uring is asked for and cannot be had or lacks
    ///   what sockets need, `.refused` where there is no memory for buffers or no descriptor.
    public init(
        options: Options = Options(), transport: Transport = .ring
    ) throws(NetworkError) {
        if let make = transport.make {
            try self.init(options: options, over: transport, carrier: make)
        } else {
            try self.init(options: options, refusing: RingSetup.refusesNothing)
        }
    }

    /// A loop over somebody else's sockets.
    private init(
        options: Options, over transport: Transport, carrier make: Transport.Maker
    ) throws(NetworkError) {
        options.check()
        let bell = try Self.makeBell()
        self.bell = bell
        self.options = options
        self.transport = transport
        kernelRing = nil
        kernelBuffers = nil
        capabilities = nil
        let inbox = CarrierInbox(bell)
        carriage = Carriage(make(inbox), inbox)
        table = ConnectionTable(capacity: options.maximumConnections)
        datagrams = DatagramTable()
        targets = ConnectTargets(count: options.entries)
        unsafe bellCount = .allocate(capacity: 1)
        now = Clock.now
    }

    /// As `init(options:)`; `refusing` stands in for a kernel that refuses.
    init(options: Options, refusing: RingSetup.Refuser) throws(NetworkError) {
        options.check()
        let made = try Parts(options, refusing)
        self.options = options
        transport = .ring
        kernelRing = made.ring
        kernelBuffers = made.buffers
        carriage = nil
        bell = made.bell
        capabilities = LoopCapabilities(made.ring, pollingCards: options.waiting != .blocking)
        table = ConnectionTable(capacity: options.maximumConnections)
        datagrams = DatagramTable()
        targets = ConnectTargets(count: options.entries)
        unsafe bellCount = .allocate(capacity: 1)
        now = Clock.now
    }

    /// What the kernel has to grant.
    private struct Parts {
        let ring: SocketRing
        let buffers: ReceiveBuffers
        let bell: Doorbell

        init(_ options: Options, _ refusing: RingSetup.Refuser) throws(NetworkError) {
            do throws(RingRefusal) {
                ring = try SocketRing(
                    entries: options.entries, completions: options.completions, refusing: refusing)
            } catch {
                throw .ringUnavailable(error)
            }
            do throws(ErrorNumber) {
                buffers = unsafe try ReceiveBuffers(
                    count: options.receiveBuffers, size: options.receiveBufferSize, on: ring.ring)
            } catch {
                throw .refused(.receiveBuffers, error)
            }
            bell = try EventLoop.makeBell()
        }
    }

    private static func makeBell() throws(NetworkError) -> Doorbell {
        do throws(ErrorNumber) {
            return try Doorbell()
        } catch {
            throw .refused(.bell, error)
        }
    }

    deinit {
        guard let ring = kernelRing else {
            // The listeners' sockets are the carrier's.
            carriage?.carrier.end()
            unsafe bellCount.deallocate()
            return
        }
        // What is under way ends at once; then no memory is the kernel's any more.
        for descriptor in table.descriptors { shutdown(descriptor, Int32(SHUT_RDWR)) }
        let isDrained = ring.drain()
        if isDrained {
            unsafe bellCount.deallocate()
        } else {
            table.abandon()
            kernelBuffers?.abandon()
            datagrams.abandon()
        }
        for descriptor in table.descriptors { Glibc.close(descriptor) }
        for listener in listeners where listener.descriptor >= 0 {
            Glibc.close(listener.descriptor)
        }
    }

    /// The ring, which a loop has unless a carrier has its sockets.
    var ring: SocketRing {
        guard let kernelRing else { preconditionFailure("a ring over \(transport)") }
        return kernelRing
    }

    /// The buffers that the ring receives into.
    var buffers: ReceiveBuffers {
        guard let kernelBuffers else { preconditionFailure("buffers of a ring over \(transport)") }
        return kernelBuffers
    }

    /// What wakes this loop from other threads.
    public var waker: Waker { Waker(bell: bell) }

    /// How many connections there are, with those that are about to begin and to end.
    public var connectionCount: Int { table.count }

    /// Bytes of memory that connections hold for what they send and have received.
    public var heldMemory: Int { table.heldMemory + (carriage?.inbox.heldBytes ?? 0) }
}

/// Wakes a loop that sleeps. Any thread may have one and use it at any time.
///
/// A thread first puts what it has for the loop where ``NetworkHandler/hasWork`` looks, then rings.
/// A loop that does not sleep costs the ringing thread a fence and no system call.
public struct Waker: Sendable {
    let bell: Doorbell

    /// Wakes the loop if it sleeps.
    public func ring() { bell.ring() }
}

/// The clock that loops read: the machine's monotonic one, which their waiting in the kernel
/// follows.
enum Clock {
    static var now: Moment {
        var time = timespec()
        // SAFETY: the structure outlives the call.
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Moment(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}
