import CUring
import Glibc
import StateMachines
import Storage

/// A descriptor that a loop watches.
struct Watch {
    var descriptor: Int32 = -1
    var generation: UInt32 = 0
    var isAsked = false
}

/// Watching descriptors of others, such as an event counter that a ring of files rings.
extension EventLoop {
    /// Tells the handler whenever `descriptor` gets something to read, which the handler then
    /// reads. It has to stay open until ``unwatch(_:)``.
    public mutating func watch(_ descriptor: Int32) throws(NetworkError) -> WatchID {
        let slot = watches.firstIndex { $0.descriptor < 0 && !$0.isAsked } ?? watches.count
        if slot == watches.count { watches.append(Watch()) }
        watches[slot].descriptor = descriptor
        do throws(ErrorNumber) {
            if carriage == nil { try ask(slot) }
        } catch {
            watches[slot].descriptor = -1
            throw .refused(.ring, error)
        }
        return WatchID(slot: UInt32(slot), generation: watches[slot].generation)
    }

    /// Watches a descriptor no more.
    public mutating func unwatch(_ watch: WatchID) {
        let slot = Int(watch.slot)
        guard slot < watches.count, watches[slot].generation == watch.generation,
            watches[slot].descriptor >= 0
        else { return }
        if carriage == nil {
            cancelQuietly(
                RequestToken(.watch, slot: slot, generation: watches[slot].generation))
        }
        watches[slot].descriptor = -1
        watches[slot].generation &+= 1
    }

    private mutating func ask(_ slot: Int) throws(ErrorNumber) {
        let token = RequestToken(.watch, slot: slot, generation: watches[slot].generation)
        let entry = unsafe try ring.entry(token)
        unsafe io_uring_prep_poll_multishot(
            entry, watches[slot].descriptor, UInt32(POLLIN))
        unsafe entry.pointee.user_data = token.rawValue
        watches[slot].isAsked = true
    }

    mutating func watched<Handler: NetworkHandler & ~Copyable>(
        _ completion: Completion, _ handler: inout Handler
    ) throws(ErrorNumber) {
        let slot = completion.token.slot
        if !completion.hasMore { watches[slot].isAsked = false }
        guard watches[slot].generation == completion.token.generation,
            watches[slot].descriptor >= 0
        else { return }
        if !completion.hasMore, completion.result >= 0 { try ask(slot) }
        handler.ready(WatchID(slot: UInt32(slot), generation: watches[slot].generation), on: &self)
    }
}
