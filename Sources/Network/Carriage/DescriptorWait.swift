import CNilometerShims
import Glibc
import StateMachines
import Storage

/// Waits until one of a few descriptors has something to read, by `ppoll`, which every Linux has.
final class DescriptorWait {
    private var places: [pollfd] = []
    /// Of the descriptors that were waited for, which have something to read.
    private(set) var ready: [Int] = []

    /// Forgets what was waited for.
    func clear() {
        places.removeAll(keepingCapacity: true)
        ready.removeAll(keepingCapacity: true)
    }

    /// Has a descriptor waited for, whose place in ``ready`` is the number of those before it.
    func add(_ descriptor: Int32) {
        places.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
    }

    /// Waits for so long at most; nil for as long as it takes. A signal may end it earlier.
    func wait(for span: Span?) throws(ErrorNumber) {
        // SAFETY: the places outlive the call, which is told how many there are.
        let answer = unsafe nilometer_descriptor_wait(
            &places, UInt32(places.count), span.map { max($0.nanoseconds, 0) } ?? -1)
        guard answer >= 0 || answer == -EINTR else { throw ErrorNumber(code: -answer) }
        guard answer > 0 else { return }
        for place in places.indices where places[place].revents != 0 { ready.append(place) }
    }
}
