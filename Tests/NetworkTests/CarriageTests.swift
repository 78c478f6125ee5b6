import StateMachines
import Storage
import Synchronization
import Testing

@testable import Network

/// A carrier that notes what it is ordered to do, and does none of it.
private final class Notebook: SocketCarrier {
    let inbox: CarrierInbox
    private let orders = Mutex<[CarrierOrder]>([])

    init(_ inbox: CarrierInbox) { self.inbox = inbox }

    func submit(_ orders: [CarrierOrder]) { self.orders.withLock { $0 += orders } }
    func listen(at descriptor: Int32, as listener: ListenerID) throws(ErrorNumber) {}
    func stopListening(_ listener: ListenerID) {}
    func end() {}

    /// What was ordered to be sent since the last time, order by order.
    func takeSends() -> [[UInt8]] {
        orders.withLock { orders in
            defer { orders = [] }
            return orders.compactMap { if case .send(_, let bytes) = $0 { bytes } else { nil } }
        }
    }
}

/// What a loop says to a carrier, and when.
struct CarriageTests {
    @Test
    func `a long send is many orders under way, and each that has left is followed by another`()
        throws
    {
        let maker = NotebookMaker()
        var loop = try EventLoop(
            options: Lab.small,
            transport: Transport(carriedBy: "a notebook", provesPeers: false) { maker.make($0) })
        let notebook = try #require(maker.made)
        var recorder = Recorder()
        let connection = try loop.connect(
            to: .loopback(), options: .init(content: .bytes, maximumUnsent: 8 << 20))
        try loop.turn(&recorder, until: Clock.now)
        notebook.inbox.post(.begun(connection, nil, nil))
        try loop.turn(&recorder, until: Clock.now)
        #expect(recorder.connected == [connection])
        let said = (0..<(4 << 20)).map { UInt8(truncatingIfNeeded: $0 / 1021) }
        #expect(loop.send(said.span, to: connection) == .queued)
        try loop.turn(&recorder, until: Clock.now)
        var waiting = notebook.takeSends()
        #expect(waiting.map(\.count).reduce(0, +) == CarrierLimits.sending)
        #expect(waiting.allSatisfy { $0.count == CarrierLimits.sendingPiece })
        var left: [UInt8] = []
        while !waiting.isEmpty {
            let piece = waiting.removeFirst()
            left += piece
            notebook.inbox.post(.sent(connection, piece.count))
            // In the turn that hears of it, not in the next one.
            try loop.turn(&recorder, until: Clock.now)
            waiting += notebook.takeSends()
            let underWay = waiting.map(\.count).reduce(0, +)
            #expect(underWay == min(CarrierLimits.sending, said.count - left.count))
        }
        #expect(left == said && loop.unsent(on: connection) == 0)
        // The next send begins anew.
        #expect(loop.send([1, 2, 3].span, to: connection) == .queued)
        try loop.turn(&recorder, until: Clock.now)
        #expect(notebook.takeSends() == [[1, 2, 3]])
    }
}

/// Makes one notebook, and keeps it.
private final class NotebookMaker: Sendable {
    private let notebook = Mutex<Notebook?>(nil)

    var made: Notebook? { notebook.withLock(\.self) }

    func make(_ inbox: CarrierInbox) -> Notebook {
        let made = Notebook(inbox)
        notebook.withLock { $0 = made }
        return made
    }
}
