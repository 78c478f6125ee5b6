/// The life of a worker in its own process: start, answer message after message, stop.
struct ProcessLoop<Kind: ProcessWorker>: ~Copyable {
    private let worker: Kind
    private var link: ProcessLink
    private let argument: String

    init(_ worker: Kind, _ link: consuming ProcessLink, _ argument: String) {
        self.worker = worker
        self.link = link
        self.argument = argument
    }

    /// Nobody else wakes this process, so that it looks for itself now and then.
    private static var patience: Int64 { 1_000_000_000 }

    /// Runs until the starting process says that nothing will follow, and everything is answered.
    /// Returns the status to exit with.
    consuming func run() -> Int32 {
        var ordinal = link.other.beginning.ordinal
        var state: Kind.State
        do {
            state = try worker.start(argument, MessageStream(identity: link.other.stream))
        } catch {
            answer(.startFailed, ordinal, text: "\(error)")
            return ProcessRegistry.Status.startFailed
        }
        answer(.started, ordinal, [UInt8]())
        do throws(LinkFault) {
            while true {
                if let record = try link.receive() {
                    handle(record, ordinal, &state)
                    ordinal += 1
                } else if link.other.isStopping && !link.hasRecord {
                    break
                } else {
                    link.wait(for: .recordOrEnd, atMost: Self.patience)
                }
            }
        } catch {
            // The starting process does not write such things; nothing sensible can follow.
            preconditionFailure("the lane to this process holds \(error)")
        }
        worker.stop(state)
        return 0
    }

    private mutating func handle(
        _ record: LinkRecord, _ ordinal: UInt64, _ state: inout Kind.State
    ) {
        link.own.publish(inHand: ordinal &+ 1)
        // After the answer: until it is published the message is in hand.
        defer { link.own.publish(inHand: 0) }
        do {
            let message = try link.withBytes(of: record) { bytes throws(WireError) in
                try Kind.Message(decoding: bytes)
            }
            let response = try worker.handle(message, ordinal, &state)
            answer(.message, ordinal, response)
        } catch {
            answer(.failed, ordinal, text: "\(error)")
        }
    }

    /// Sends a reason, of which the beginning has to do where it is too long.
    private mutating func answer(_ kind: LinkRecord.Kind, _ ordinal: UInt64, text: String) {
        answer(kind, ordinal, Array(text.utf8.prefix(link.longestMessage)))
    }

    /// Sends an answer, and waits for room as long as it takes.
    private mutating func answer(
        _ kind: LinkRecord.Kind, _ ordinal: UInt64, _ response: some WireMessage
    ) {
        let count = response.wireByteCount
        guard count <= link.longestMessage else {
            let text = "an answer of \(count) bytes, \(link.longestMessage) are the most"
            return answer(.failed, ordinal, text: text)
        }
        while !link.hasRoom(for: count, freed: link.other.taken) {
            link.wait(for: .room(count), atMost: Self.patience)
        }
        link.send(kind, ordinal: ordinal, count: count) { output in
            response.encode(into: &output)
        }
    }
}
