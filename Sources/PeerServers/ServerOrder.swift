import CPeerServers
import Hardware

/// What a guard is told to run.
struct ServerOrder {
    /// The programs with their arguments, paths first; each but the last must succeed.
    var programs: [[String]] = []
    /// Directories that go when the guard ends.
    var removed: [String]
    /// What the programs write goes there; the directory that they run in.
    var log: String
    var directory: String
    /// Whom they run as; `nil` for this process's own user.
    var user: ServerUser?
    /// The signal that ends the server at once.
    var stopSignal: Int32
    /// The hardware threads that the server may use.
    var units: CPUSet
    /// What answers in place of a program: requests of a size, and their reply.
    var echo: Echo?

    /// An echo on a socket that listens.
    struct Echo {
        var listener: Int32
        var requestSize: Int
        var reply: [UInt8]
    }

    /// How long a server may take to end before it is killed, in milliseconds.
    var patience: Int32 = 5000

    /// Starts the guard.
    func start() throws(PeerFailure) -> peer_guard {
        let programs = Self.block(self.programs.flatMap { $0 + [""] })
        let removed = Self.block(self.removed)
        let units = self.units.indexes.map(Int32.init)
        let reply = (echo?.reply ?? []).map { CChar(bitPattern: $0) }
        var started = peer_guard()
        // SAFETY: the guard reads everything before the call returns, or in a copy of this process
        // that keeps the memory as it is now; the arrays and strings outlive the call.
        let error = unsafe programs.withUnsafeBufferPointer { programs in
            unsafe removed.withUnsafeBufferPointer { removed in
                unsafe units.withUnsafeBufferPointer { units in
                    unsafe reply.withUnsafeBufferPointer { reply in
                        unsafe log.withCString { log in
                            unsafe directory.withCString { directory in
                                var order = unsafe peer_order()
                                unsafe order.programs = programs.baseAddress
                                unsafe order.programs_size = programs.count
                                unsafe order.removed = removed.baseAddress
                                unsafe order.removed_size = removed.count
                                unsafe order.log = log
                                unsafe order.directory = directory
                                unsafe order.units = units.baseAddress
                                unsafe order.unit_count = units.count
                                unsafe order.reply = reply.baseAddress
                                unsafe order.reply_size = reply.count
                                unsafe fill(&order)
                                return unsafe peer_guard_start(&order, &started)
                            }
                        }
                    }
                }
            }
        }
        guard error == 0 else {
            throw .refused(operation: "start a guard in", path: directory, SystemError(error))
        }
        return started
    }

    /// The part of the order without pointers.
    private func fill(_ order: inout peer_order) {
        unsafe order.user = user?.user ?? 0
        unsafe order.group = user?.group ?? 0
        unsafe order.becomes_user = user == nil ? 0 : 1
        unsafe order.stop_signal = stopSignal
        unsafe order.patience = patience
        unsafe order.listener = echo?.listener ?? -1
        unsafe order.request_size = echo?.requestSize ?? 0
    }

    /// The words, each ended by a zero byte.
    private static func block(_ words: [String]) -> [CChar] { words.flatMap(\.utf8CString) }
}
