extension RingWait {
    /// Lets the calling task sleep until there is something to see for it, or until it is
    /// cancelled; may return early. The thread does something else meanwhile.
    @usableFromInline
    nonisolated(nonsending) func suspend() async {
        line.waits.add(1)
        await withTaskCancellationHandler {
            await unsafe withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
                if !leave(unsafe Waker(resuming: continuation), unless: { Task.isCancelled }) {
                    unsafe continuation.resume()
                }
            }
        } onCancel: {
            // Whoever finds the task asleep lets it go on, this one or the other end.
            place.wakeNow(awake: memory.awake)
        }
    }

    /// Leaves a waker to be called when there is something to see; false where there is already, or
    /// where `isCancelled`: then nobody calls it.
    func leave(_ waker: Waker, unless isCancelled: () -> Bool) -> Bool {
        let awake = memory.awake
        place.announce(waker, awake: awake)
        // Cancelling is another thing that happens before a look at the place, and is seen here or
        // sees the waker, as a token does.
        if isOpen() || isOtherGone() || isCancelled() {
            return !place.takeBack(awake: awake)
        }
        line.parks.add(1)
        return true
    }
}

extension SPSCRing.Producer where Element: ~Copyable, Wait: ParkingWait {
    /// Sends the element from a task, which is suspended while there is no room: it holds no thread
    /// meanwhile. Does not spin.
    ///
    /// The task goes on when the consumer has made room, on the executor it was on.
    ///
    /// - Returns: `.full` with the element when the task was cancelled before there was room,
    ///   `.closed` with it when the consumer is gone.
    @inlinable
    public nonisolated(nonsending) mutating func sendSuspending(
        _ element: consuming Element
    ) async -> SendAttempt<Element> {
        while !cursor.hasRoom {
            if isClosed { return .closed(element) }
            if Task.isCancelled {
                memory.producer.refused.add(1)
                return .full(element)
            }
            await RingWait(memory, cursor.released, cursor.token, isConsumer: false).suspend()
        }
        write(element)
        return .sent
    }
}

extension SPSCRing.Consumer where Element: ~Copyable, Wait: ParkingWait {
    /// Takes the next element in a task, which is suspended while there is none: it holds no thread
    /// meanwhile. Does not spin.
    ///
    /// The task goes on when the producer has sent something, on the executor it was on.
    ///
    /// - Returns: nil when the producer is gone and everything it sent has been received, and when
    ///   the task is cancelled: then what is in the channel stays there.
    @inlinable
    public nonisolated(nonsending) mutating func receiveSuspending() async -> Element? {
        while !Task.isCancelled {
            if cursor.hasElement { return read() }
            // What was sent before the producer went is there at the look after this.
            if isClosed { return tryReceive() }
            await RingWait(memory, cursor.published, cursor.token, isConsumer: true).suspend()
        }
        return nil
    }
}
