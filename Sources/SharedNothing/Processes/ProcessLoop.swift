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
            state = try worker.start(argument)
        } catch {
            answer(.startFailed, ordinal, Array("\(error)".utf8))
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
                    link.wait(for: .record, atMost: Self.patience)
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
        do {
            let message = try link.withBytes(of: record) { bytes throws(WireError) in
                try Kind.Message(decoding: bytes)
            }
            let response = try worker.handle(message, ordinal, &state)
            answer(.message, ordinal, response)
        } catch {
            answer(.failed, ordinal, Array("\(error)".utf8))
        }
    }

    /// Sends an answer, and waits for room as long as it takes.
    private mutating func answer(
        _ kind: LinkRecord.Kind, _ ordinal: UInt64, _ response: some WireMessage
    ) {
        let count = response.wireByteCount
        guard count <= link.longestMessage else {
            let text = "an answer of \(count) bytes, \(link.longestMessage) are the most"
            return answer(.failed, ordinal, Array(text.utf8))
        }
        while !link.hasRoom(for: count, freed: link.other.taken) {
            link.wait(for: .room(count), atMost: Self.patience)
        }
        link.send(kind, ordinal: ordinal, count: count) { output in
            response.encode(into: &output)
        }
    }
}
