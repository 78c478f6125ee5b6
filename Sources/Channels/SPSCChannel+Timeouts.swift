extension SPSCRing.Producer where Element: ~Copyable {
    /// Sends the element, and waits for room as the channel's strategy says, but no longer than
    /// `timeout`. Where there is room at once the clock is not read.
    ///
    /// - Parameter timeout: on the clock that runs while the machine does (`CLOCK_MONOTONIC`); where
    ///   it is not positive the same as `trySend`. More than 500 years are without end.
    /// - Returns: `.full` with the element when there was no room in time, `.closed` with it when
    ///   the consumer is gone.
    @inlinable
    public mutating func send(
        _ element: consuming Element, timeout: Duration
    ) -> SendAttempt<Element> {
        if _slowPath(!cursor.hasRoom) {
            let wait = RingWait(memory, cursor.released, cursor.token, isConsumer: false)
            switch memory.wait(for: wait, Patience(Wait.self), timeout: timeout) {
            case .ready, .waited: break
            case .closed: return .closed(element)
            case .timedOut:
                memory.producer.refused.add(1)
                return .full(element)
            }
        }
        write(element)
        return .sent
    }
}

extension SPSCRing.Consumer where Element: ~Copyable {
    /// Takes the next element, and waits for one as the channel's strategy says, but no longer than
    /// `timeout`. Where there is one at once the clock is not read.
    ///
    /// - Parameter timeout: on the clock that runs while the machine does (`CLOCK_MONOTONIC`); where
    ///   it is not positive a single look is taken. More than 500 years are without end.
    /// - Returns: `.timedOut` when none came in time, `.closed` when the producer is gone and
    ///   everything it sent has been received.
    @inlinable
    public mutating func receive(timeout: Duration) -> ReceiveAttempt<Element> {
        if _slowPath(!cursor.hasElement) {
            let wait = RingWait(memory, cursor.published, cursor.token, isConsumer: true)
            switch memory.wait(for: wait, Patience(Wait.self), timeout: timeout) {
            case .ready, .waited: break
            case .closed: return .closed
            case .timedOut: return .timedOut
            }
        }
        return .received(read())
    }
}
