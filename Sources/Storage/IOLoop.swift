import Channels
import Glibc

/// What a worker's thread does, from its first request to its last completion.
struct IOLoop: ~Copyable {
    private var ring: FileRing
    private var inbox: IOInbox.Consumer
    private let bell: Doorbell
    private var callers: [UInt32: ReplyEnd] = [:]
    /// Files to be closed when their last request has completed, and who wants to know.
    private var closing: [(file: DataFile, address: UInt64)] = []

    /// Sets the ring up, says how that went, and serves until the inbox is closed and empty.
    static func run(_ start: WorkerStart, _ bell: Doorbell, _ options: FileRing.Options) {
        let inbox = start.takeConsumer()
        var ring: FileRing
        do throws(StorageError) {
            ring = try FileRing(options: options)
        } catch {
            start.settle(.failure(error))
            return
        }
        start.settle(
            .success(
                WorkerStart.Facts(
                    engine: ring.engine, registrations: ring.registrations,
                    descriptor: ring.descriptor)))
        var loop = IOLoop(ring: consume ring, inbox: inbox, bell: bell)
        loop.serve()
    }

    private init(ring: consuming FileRing, inbox: consuming IOInbox.Consumer, bell: Doorbell) {
        self.ring = ring
        self.inbox = inbox
        self.bell = bell
    }

    private mutating func serve() {
        while true {
            while ring.hasRoom, let message = inbox.tryReceive() { handle(message) }
            while let completion = ring.nextCompletion() { reply(completion) }
            closeWhatIsIdle()
            if ring.inFlight == 0 {
                // Nothing can complete, so that the inbox's own waiting will do.
                guard let message = inbox.receive() else { return }
                handle(message)
            } else {
                wait()
            }
        }
    }

    /// Lets the kernel work, and sleeps until something has completed or come in.
    private mutating func wait() {
        // A full ring takes nothing in before something has completed; one that cannot hear the bell
        // is looked after without sleep.
        guard ring.hasRoom else { return ring.enter(awaiting: 1) }
        guard ring.hearsDoorbell else { return ring.submit() }
        bell.announceSleep()
        if inbox.hasNext {
            ring.submit()
        } else {
            ring.wait(orFor: bell.descriptor)
        }
        bell.announceWaking()
    }

    private mutating func handle(_ message: consuming IOMessage) {
        switch consume message {
        case .attach(let caller, let end): callers[caller] = end
        case .detach(let caller): callers[caller] = nil
        case .giveBuffer(let buffer): ring.give(buffer)
        case .takeBuffer(let address): send(.buffer(ring.takeBuffer()), to: address)
        case .open(let path, let options, let address): open(path, options, address)
        case .close(let file, let address):
            guard ring.isOpen(file) else {
                send(.closed(IOLoop.notOpen), to: address)
                return
            }
            closing.append((file, address))
        case .read(let count, let buffer, let file, let offset, let address):
            guard ring.isOpen(file) else { return refuse(address, buffer) }
            ring.read(count, into: buffer, from: file, at: offset, tag: address)
        case .write(let buffer, let part, let file, let offset, let thenSync, let address):
            guard ring.isOpen(file) else { return refuse(address, buffer) }
            ring.write(
                buffer, part: part, to: file, at: offset, tag: address, thenSync: thenSync)
        case .sync(let file, let address):
            guard ring.isOpen(file) else { return refuse(address, nil) }
            ring.sync(file, tag: address)
        }
    }

    private static let notOpen = StorageError.closed(path: "a storage worker's file")

    private func refuse(_ address: UInt64, _ buffer: consuming IOBuffer?) {
        reply(
            FileRing.Completion(tag: address, result: .failure(IOLoop.notOpen), buffer: buffer))
    }

    private mutating func open(_ path: String, _ options: DataFile.Options, _ address: UInt64) {
        do throws(StorageError) {
            send(.opened(.success(try ring.open(path, options: options))), to: address)
        } catch {
            send(.opened(.failure(error)), to: address)
        }
    }

    private mutating func closeWhatIsIdle() {
        guard !closing.isEmpty else { return }
        for (file, address) in closing where ring.requests(of: file) == 0 {
            do throws(StorageError) {
                // Two callers may have asked for the same.
                if ring.isOpen(file) { try ring.close(file) }
                send(.closed(nil), to: address)
            } catch {
                send(.closed(error), to: address)
            }
        }
        closing.removeAll { !ring.isOpen($0.file) }
    }

    private func reply(_ completion: consuming FileRing.Completion) {
        let address = completion.tag
        completion.tag = address & 0xFFFF_FFFF
        send(.completed(completion), to: address)
    }

    private func send(_ reply: consuming IOReply, to address: UInt64) {
        callers[UInt32(address >> 32)]?.send(reply)
    }
}
