import Synchronization

extension WorkerPool {
    /// What a `StallWatch` looks at, by worker; nil for one that has ended.
    ///
    /// Ask for them at each look: a resize changes who is there, and a worker that is stuck on its
    /// way out of a pool that shrinks is behind those that stay.
    public var stallSubjects: [StallWatch.Subject?] {
        core.life.withLock { $0.seats + $0.leaving }.map { seat in
            let thread = seat.thread.load(ordering: .acquiring)
            guard thread != 0 else { return nil }
            return StallWatch.Subject(name: seat.name, vitals: seat.vitals, thread: thread)
        }
    }
}

extension WorkerSeat {
    /// Lets the worker's thread be traced. Called there, first thing.
    @usableFromInline
    func beginThread() {
        thread.store(ThreadTrace.admitCurrentThread(), ordering: .releasing)
    }

    /// Called by the worker's thread, last thing: its number may be another's from here on.
    @usableFromInline
    func endThread() { thread.store(0, ordering: .releasing) }
}
