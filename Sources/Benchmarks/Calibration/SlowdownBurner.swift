import CNilometerShims
import Hardware
import Synchronization

/// A thread that keeps a processing unit busy: noise made on purpose.
final class Burner {
    private final class Flag: Sendable {
        let isRaised = Atomic<Bool>(false)
    }

    private let flag = Flag()
    private let thread: PinnedThread

    /// Starts burning `processingUnit`.
    init(on processingUnit: Int) throws {
        let flag = flag
        thread = try PinnedThread(pu: processingUnit, name: "burner") {
            // Only ends the loop; nothing else passes between the threads.
            while !flag.isRaised.load(ordering: .relaxed) { nilometer_pause() }
        }
    }

    /// Ends the thread and waits for it.
    func stop() {
        flag.isRaised.store(true, ordering: .relaxed)
        thread.join()
    }
}
