import Glibc
import Hardware

/// Several clients of one server, served by one thread that sleeps in `poll` between replies. Each
/// sends its next batch when it has all replies to the one before: a closed loop of clients times
/// pipeline requests.
public final class ExchangeCrowd {
    /// The clients.
    public let clients: [any MeasuredClient]
    private var sources: [pollfd]
    private var missing: [Int]
    private var batchesLeft: [Int]

    /// A crowd of `clients`, one at least, with the same pipeline.
    public init(_ clients: [any MeasuredClient]) {
        precondition(!clients.isEmpty, "a crowd has clients")
        self.clients = clients
        sources = clients.map {
            pollfd(fd: $0.connection.descriptor, events: Int16(POLLIN), revents: 0)
        }
        missing = clients.map { _ in 0 }
        batchesLeft = missing
    }

    /// The exchanges of one batch of every client.
    public var batch: Int { clients.count * clients[0].pipeline }

    /// Lets every client make `batches` batches.
    public func exchange(batches: Int) throws(PeerFailure) {
        precondition(batches > 0, "expected batches, got \(batches)")
        var active = clients.count
        for index in clients.indices {
            sources[index].fd = clients[index].connection.descriptor
            batchesLeft[index] = batches
            try sendNext(index)
        }
        while active > 0 {
            try awaitReplies()
            for index in clients.indices where sources[index].fd >= 0 && sources[index].revents != 0
            {
                missing[index] -= try clients[index].receive()
                guard missing[index] <= 0 else { continue }
                if batchesLeft[index] > 0 {
                    try sendNext(index)
                } else {
                    // The kernel passes over negative descriptors.
                    sources[index].fd = -1
                    active -= 1
                }
            }
        }
    }

    private func sendNext(_ index: Int) throws(PeerFailure) {
        try clients[index].send()
        batchesLeft[index] -= 1
        missing[index] = clients[index].pipeline
    }

    private func awaitReplies() throws(PeerFailure) {
        while true {
            let patience = Int32(SocketConnection.patience * 1000)
            // SAFETY: the array has as many entries as are named and stays valid during the call.
            let ready = unsafe sources.withUnsafeMutableBufferPointer {
                unsafe poll($0.baseAddress, nfds_t($0.count), patience)
            }
            if ready > 0 { return }
            guard ready < 0, errno == EINTR else {
                throw .disconnected(
                    server: clients[0].connection.server,
                    why: ready == 0
                        ? "no answer in \(SocketConnection.patience) s" : "\(SystemError(errno))")
            }
        }
    }
}
