import Channels

/// Somebody who has storage work done by an `IOWorker`. One thread at a time; may be moved between
/// threads.
///
/// As a `FileRing`: requests go in, completions come out in the order in which they are done, and
/// buffers travel with both. `read(_:into:from:at:)`, `write(_:to:at:thenSync:)` and `sync(_:)` wait
/// for the one completion there is; the others leave that to `awaitCompletion`.
public struct IOCaller: ~Copyable {
    /// How many requests it may have under way at once.
    public let depth: Int
    /// How many it has.
    public private(set) var inFlight = 0

    private let index: UInt32
    private let inbox: IOInbox.Producer
    private let bell: Doorbell
    private var replies: IOReplies.Consumer

    init(
        index: UInt32, depth: Int, inbox: consuming IOInbox.Producer, bell: Doorbell
    ) throws(StorageError) {
        self.index = index
        self.depth = depth
        self.inbox = inbox
        self.bell = bell
        let channel = IOReplies(capacity: depth)
        replies = channel.consumer
        try send(.attach(caller: index, ReplyEnd(channel.producer)))
    }

    deinit {
        // Where the worker has gone there is nobody to tell.
        try? send(.detach(caller: index))
    }
}

/// Many requests at once.
extension IOCaller {
    /// As `FileRing.read`; fewer than `depth` requests must be under way.
    ///
    /// - Throws: `.closed` when the worker has been stopped; the buffer is gone then.
    public mutating func read(
        _ count: Int, into buffer: consuming IOBuffer, from file: DataFile, at offset: UInt64,
        tag: UInt32
    ) throws(StorageError) {
        precondition(count > 0 && count <= buffer.room, "\(count) bytes into \(buffer.room)")
        try request(.read(count, buffer, file, offset: offset, address: address(tag)))
    }

    /// As `FileRing.write`; fewer than `depth` requests must be under way.
    ///
    /// - Throws: `.closed` when the worker has been stopped; the buffer is gone then.
    public mutating func write(
        _ buffer: consuming IOBuffer, part: Range<Int>, to file: DataFile, at offset: UInt64,
        tag: UInt32, thenSync: Bool = false
    ) throws(StorageError) {
        precondition(
            !part.isEmpty && part.lowerBound >= 0 && part.upperBound <= buffer.count,
            "bytes \(part) of a buffer that holds \(buffer.count)")
        try request(
            .write(
                buffer, part, file, offset: offset, thenSync: thenSync, address: address(tag)))
    }

    /// As `FileRing.sync`; fewer than `depth` requests must be under way.
    ///
    /// - Throws: `.closed` when the worker has been stopped.
    public mutating func sync(_ file: DataFile, tag: UInt32) throws(StorageError) {
        try request(.sync(file, address: address(tag)))
    }

    /// Takes the next completion if it has come; `nil` when it has not.
    public mutating func nextCompletion() -> FileRing.Completion? {
        guard inFlight > 0, let reply = replies.tryReceive() else { return nil }
        return completion(reply)
    }

    /// Takes the next completion, and waits for it; `nil` when no request is under way.
    ///
    /// - Throws: `.closed` when the worker has ended without completing it.
    public mutating func awaitCompletion() throws(StorageError) -> FileRing.Completion? {
        guard inFlight > 0 else { return nil }
        return completion(try awaitReply())
    }
}

/// One at a time, waited for. None may be under way.
extension IOCaller {
    /// Opens a file of the worker's, which other callers may use as well: see `FileRing.open`.
    ///
    /// - Throws: What `FileRing.open` throws; `.closed` when the worker has been stopped.
    public mutating func open(
        _ path: String, options: DataFile.Options
    ) throws(StorageError) -> DataFile {
        guard
            case .opened(let result) = try ask(
                .open(path: path, options, address: address(0)))
        else { preconditionFailure("another answer than was asked for") }
        return try result.get()
    }

    /// Closes a file when its last request has completed, whoever's that is.
    ///
    /// - Throws: What `FileRing.close` throws; `.closed` when it is closed or the worker stopped.
    public mutating func close(_ file: DataFile) throws(StorageError) {
        guard case .closed(let error) = try ask(.close(file, address: address(0))) else {
            preconditionFailure("another answer than was asked for")
        }
        if let error { throw error }
    }

    /// Takes one of the buffers of the worker's ring, which are registered where the kernel lets
    /// them be; `nil` when all are in use.
    ///
    /// - Throws: `.closed` when the worker has been stopped.
    public mutating func takeBuffer() throws(StorageError) -> IOBuffer? {
        switch try ask(.takeBuffer(address: address(0))) {
        case .buffer(let buffer): return buffer
        default: preconditionFailure("another answer than was asked for")
        }
    }

    /// Gives such a buffer back.
    ///
    /// - Throws: `.closed` when the worker has been stopped; the buffer is gone then.
    public mutating func give(_ buffer: consuming IOBuffer) throws(StorageError) {
        try send(.giveBuffer(buffer))
    }

    /// Reads up to `count` bytes at `offset`, behind what `buffer` holds, and returns how many: fewer
    /// only at the file's end.
    ///
    /// - Throws: Why it failed. The buffer is left without memory if the worker kept it.
    public mutating func read(
        _ count: Int, into buffer: inout IOBuffer, from file: DataFile, at offset: UInt64
    ) throws(StorageError) -> Int {
        precondition(inFlight == 0, "\(inFlight) requests are under way")
        try read(count, into: buffer.take(), from: file, at: offset, tag: 0)
        return try finish(&buffer)
    }

    /// Writes all that `buffer` holds at `offset`; with `thenSync`, waits until it is durable.
    ///
    /// - Throws: Why it failed. The buffer is left without memory if the worker kept it.
    public mutating func write(
        _ buffer: inout IOBuffer, to file: DataFile, at offset: UInt64, thenSync: Bool = false
    ) throws(StorageError) {
        precondition(inFlight == 0, "\(inFlight) requests are under way")
        let part = 0..<buffer.count
        try write(
            buffer.take(), part: part, to: file, at: offset, tag: 0, thenSync: thenSync)
        _ = try finish(&buffer)
    }

    /// Waits until what was written to the file by requests that have completed is durable.
    ///
    /// - Throws: Why it failed.
    public mutating func sync(_ file: DataFile) throws(StorageError) {
        precondition(inFlight == 0, "\(inFlight) requests are under way")
        try sync(file, tag: 0)
        var none = IOBuffer(capacity: 0)
        _ = try finish(&none)
    }
}

extension IOCaller {
    private func address(_ tag: UInt32) -> UInt64 { UInt64(index) << 32 | UInt64(tag) }

    private mutating func request(_ message: consuming IOMessage) throws(StorageError) {
        precondition(inFlight < depth, "all \(depth) requests of a caller are under way")
        try send(message)
        inFlight += 1
    }

    private mutating func ask(_ message: consuming IOMessage) throws(StorageError) -> IOReply {
        precondition(inFlight == 0, "\(inFlight) requests are under way")
        try send(message)
        return try awaitReply()
    }

    private func send(_ message: consuming IOMessage) throws(StorageError) {
        do {
            try inbox.send(message)
        } catch {
            throw .closed(path: "a storage worker")
        }
        bell.ring()
    }

    private mutating func awaitReply() throws(StorageError) -> IOReply {
        guard let reply = replies.receive() else { throw .closed(path: "a storage worker") }
        return reply
    }

    private mutating func completion(_ reply: consuming IOReply) -> FileRing.Completion {
        inFlight -= 1
        switch consume reply {
        case .completed(let completion): return completion
        default: preconditionFailure("another answer than was asked for")
        }
    }

    private mutating func finish(_ buffer: inout IOBuffer) throws(StorageError) -> Int {
        guard var done = try awaitCompletion() else {
            preconditionFailure("a request is under way")
        }
        if let returned = done.buffer.take() { buffer = returned }
        return try done.result.get()
    }
}
