import Randomness
import StateMachines

/// What goes wrong.
extension ClusterModel {
    /// What a crash leaves to the simulator.
    @usableFromInline
    struct Remains {
        /// How many of the records that were not durable survive, of the first ones; nil where the disk
        /// is empty.
        @usableFromInline let survivors: Int?
        /// What waited for the node; slots of messages are free.
        @usableFromInline let waiting: ArraySlice<Waiting>
    }

    /// Notes in the trace that a fault has applied.
    @usableFromInline
    mutating func note(_ fault: Fault) {
        note(.fault, 0, at: 0)
        // A word for each byte of what it says: faults are few, and no two of them read alike.
        for byte in "\(fault)".utf8 { trace.fold(UInt64(byte), 0) }
    }

    /// Has a fault come that leaves machines alone. Returns whether it applied.
    @usableFromInline
    mutating func apply(_ fault: Fault) -> Bool {
        switch fault {
        case .crash, .restart: preconditionFailure("'\(fault)' is the simulator's")
        case .freeze(let node): return freeze(node.place)
        case .thaw(let node): return thaw(node.place)
        case .partition(let groups): wiring.partition(groups, nodes: nodes.count)
        case .block(let sender, let receiver):
            return wiring.block(sender.place, receiver.place)
        case .heal: return wiring.heal()
        case .network(let conditions): wiring.set(conditions)
        case .link(let sender, let receiver, let conditions):
            return wiring.set(conditions, sender.place, receiver.place)
        case .failSyncs(let node, let lasting):
            nodes[node.place].disk.failing = lasting ? .always : .once
        case .stall(let node): return stall(node.place)
        case .mend(let node): return mend(node.place)
        case .clock(let node, let jump): return leap(node.place, jump)
        }
        return true
    }

    /// Ends a node's life; nil where it is down.
    @usableFromInline
    mutating func crash(_ place: Int, _ disk: Disk) -> Remains? {
        guard nodes[place].isUp else { return nil }
        timers.clear(place)
        let waiting = nodes[place].inbox.removeAll()
        for case .message(let slot) in waiting {
            nodes[place].traffic.drop(.down, Int(flights.remove(slot).bytes))
        }
        return Remains(survivors: nodes[place].end(disk), waiting: waiting)
    }

    private mutating func freeze(_ place: Int) -> Bool {
        guard nodes[place].runs else { return false }
        nodes[place].isFrozen = true
        // It begins anew after the thaw.
        nodes[place].stopServing()
        return true
    }

    private mutating func thaw(_ place: Int) -> Bool {
        guard nodes[place].isFrozen else { return false }
        nodes[place].isFrozen = false
        if nodes[place].isWakeMissed {
            nodes[place].isWakeMissed = false
            if nodes[place].local.next(below: 2) == 0 {
                nodes[place].inbox.append(.wake)
            } else {
                nodes[place].inbox.prepend(.wake)
            }
        }
        serveNext(place)
        return true
    }

    private mutating func leap(_ place: Int, _ jump: Span) -> Bool {
        guard nodes[place].isUp else { return false }
        nodes[place].clock.leap(by: jump.nanoseconds, at: time)
        setTimer(place)
        return true
    }
}
