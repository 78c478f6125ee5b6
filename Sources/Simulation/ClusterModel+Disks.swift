import Randomness
import StateMachines

/// What disks do.
extension ClusterModel {
    /// Begins a sync of a node's disk, where something waits for one and none is under way.
    mutating func beginSync(_ place: Int) {
        guard nodes[place].disk.isReady else { return }
        nodes[place].disk.beginSync(group: disk.group)
        timeSync(place)
    }

    /// Has the sync that begins now end, in its time.
    private mutating func timeSync(_ place: Int) {
        let span = disk.sync.next(using: &nodes[place].local)
        insert(
            .synced, node: place, slot: nodes[place].disk.ticket, at: time + span.nanoseconds)
    }

    /// A sync is over: its records are durable, or the node's life ends.
    mutating func endSync(_ place: Int) -> Handover {
        guard !syncFails(place) else { return .syncFailed(place) }
        let count = nodes[place].disk.endSync()
        // The disk goes on by itself, whatever the machine makes of this.
        beginSync(place)
        return .synced(count, of: place)
    }

    /// How far a node's records are durable, where it is to be told at once; nil where that waits.
    @usableFromInline
    mutating func announceSync(_ place: Int) -> RecordPosition? {
        let position = nodes[place].disk.durable
        guard isIdle(place) else {
            wait(.stored(position), at: place)
            return nil
        }
        note(.stored, position, at: place)
        return position
    }

    /// Whether the sync that is over has failed.
    private mutating func syncFails(_ place: Int) -> Bool {
        switch nodes[place].disk.failing {
        case .always: return true
        case .once:
            nodes[place].disk.failing = .never
            return true
        case .never:
            return disk.failure > 0 && nodes[place].local.nextUnit() < disk.failure
        }
    }

    mutating func stall(_ place: Int) -> Bool {
        guard !nodes[place].disk.isStalled else { return false }
        nodes[place].disk.isStalled = true
        // The end of the sync under way is no longer meant.
        nodes[place].disk.ticket &+= 1
        return true
    }

    mutating func mend(_ place: Int) -> Bool {
        guard nodes[place].disk.isStalled || nodes[place].disk.failing != .never else {
            return false
        }
        nodes[place].disk.failing = .never
        guard nodes[place].disk.isStalled else { return true }
        nodes[place].disk.isStalled = false
        if nodes[place].disk.syncing > 0 {
            nodes[place].disk.ticket &+= 1
            timeSync(place)
        } else {
            beginSync(place)
        }
        return true
    }
}
