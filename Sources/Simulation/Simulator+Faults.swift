import Randomness
import StateMachines

/// What goes wrong.
extension Simulator {
    /// Has a fault come. Returns whether it applied.
    mutating func apply(_ fault: Fault) -> Bool {
        guard takeEffect(fault) else { return false }
        steps += 1
        trace.fold(UInt64(bitPattern: time), StepKind.fault.rawValue << 60 ^ fault.mark)
        return true
    }

    private mutating func takeEffect(_ fault: Fault) -> Bool {
        switch fault {
        case .crash(let node, let disk): return crash(node.place, disk)
        case .restart(let node): return restart(node.place)
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

    private mutating func crash(_ place: Int, _ disk: Disk) -> Bool {
        guard !nodes[place].isDown else { return false }
        nodes[place].machine = nil
        nodes[place].isFrozen = false
        nodes[place].isWakeDue = false
        nodes[place].isWakeMissed = false
        stopServing(place)
        timers.clear(place)
        for item in nodes[place].inbox.removeAll() {
            switch item {
            case .message(let slot): drop(slot, .down, of: place)
            case .request(let slot): _ = requests.remove(slot)
            case .wake, .stored: break
            }
        }
        nodes[place].crashDisk(disk)
        return true
    }

    private mutating func restart(_ place: Int) -> Bool {
        guard nodes[place].isDown else { return false }
        nodes[place].freeAt = time
        begin(place)
        return true
    }

    private mutating func freeze(_ place: Int) -> Bool {
        guard nodes[place].runs else { return false }
        nodes[place].isFrozen = true
        stopServing(place)
        return true
    }

    /// Breaks off what the processor works on, which begins anew after a thaw.
    private mutating func stopServing(_ place: Int) {
        nodes[place].isServing = false
        nodes[place].ticket &+= 1
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
        guard !nodes[place].isDown else { return false }
        nodes[place].clock.leap(by: jump.nanoseconds, at: time)
        setTimer(place)
        return true
    }
}

extension Fault {
    /// What the trace has of it: its kind and whom it befalls.
    fileprivate var mark: UInt64 {
        switch self {
        case .crash(let node, let disk):
            Self.mark(1, node) | UInt64(disk == .keeps ? 0 : disk == .loses ? 1 : 2) << 32
        case .restart(let node): Self.mark(2, node)
        case .freeze(let node): Self.mark(3, node)
        case .thaw(let node): Self.mark(4, node)
        case .partition(let groups): Self.mark(5, NodeID(place: groups.count))
        case .block(let sender, let receiver): Self.mark(6, sender) | UInt64(receiver.place) << 32
        case .heal: Self.mark(7, NodeID(0))
        case .network: Self.mark(8, NodeID(0))
        case .link(let sender, let receiver, _): Self.mark(9, sender) | UInt64(receiver.place) << 32
        case .failSyncs(let node, let lasting): Self.mark(lasting ? 10 : 11, node)
        case .stall(let node): Self.mark(12, node)
        case .mend(let node): Self.mark(13, node)
        case .clock(let node, _): Self.mark(14, node)
        }
    }

    private static func mark(_ kind: UInt64, _ node: NodeID) -> UInt64 {
        kind << 56 | UInt64(node.rawValue)
    }
}
