import Randomness
import StateMachines

/// What becomes of messages on their way.
extension ClusterModel {
    /// The slots in which a message is under way: none, one, or a second one for its copy.
    @usableFromInline
    struct Launch {
        @usableFromInline var first: UInt32?
        @usableFromInline var second: UInt32?
    }

    /// Sends a message of the step that a node is taking: it leaves when the processor has handed it
    /// over. Each chance is drawn only where it is not zero.
    @usableFromInline
    mutating func send(from sender: Int, to receiver: NodeID, bytes: Int, isDropped: Bool) -> Launch
    {
        precondition(
            bytes >= 0 && bytes <= UInt32.max, "a message of \(bytes) bytes from n\(sender)")
        let departure = max(time, nodes[sender].freeAt) + costs.send.nanoseconds
        nodes[sender].freeAt = departure
        nodes[sender].traffic.sent.add(bytes)
        guard receiver.place < nodes.count else {
            return drop(.unknownReceiver, of: sender, bytes)
        }
        guard receiver.place != sender else {
            return Launch(first: launch(from: sender, to: sender, bytes, at: departure))
        }
        guard !isDropped else { return drop(.intercepted, of: sender, bytes) }
        return transmit(from: sender, to: receiver.place, bytes, at: departure)
    }

    private mutating func transmit(
        from sender: Int, to receiver: Int, _ bytes: Int, at departure: Int64
    ) -> Launch {
        guard wiring.connects(sender, receiver) else { return drop(.cut, of: sender, bytes) }
        let link = wiring.link(sender, receiver)
        guard let left = wiring.leave(sender, receiver, link, bytes: bytes, at: departure) else {
            return drop(.congested, of: sender, bytes)
        }
        if draws(wiring.links[link].loss, sender) { return drop(.lost, of: sender, bytes) }
        let arrival = left + delay(link, sender, receiver)
        var launch = Launch(first: launch(from: sender, to: receiver, bytes, at: arrival))
        if draws(wiring.links[link].duplication, sender) {
            nodes[sender].traffic.duplicated.add(bytes)
            let arrival = left + delay(link, sender, receiver)
            launch.second = self.launch(from: sender, to: receiver, bytes, at: arrival)
        }
        return launch
    }

    private mutating func launch(
        from sender: Int, to receiver: Int, _ bytes: Int, at arrival: Int64
    ) -> UInt32 {
        let slot = flights.insert(Flight(sender: UInt32(sender), bytes: UInt32(bytes)))
        insert(.arrival, node: receiver, slot: slot, at: arrival)
        return slot
    }

    private mutating func drop(_ cause: Traffic.Drop, of sender: Int, _ bytes: Int) -> Launch {
        nodes[sender].traffic.drop(cause, bytes)
        return Launch()
    }

    private mutating func delay(_ link: Int, _ sender: Int, _ receiver: Int) -> Int64 {
        var delay = wiring.delay(link, sender, receiver).next(using: &nodes[sender].network)
        if draws(wiring.links[link].reordering, sender) {
            delay = delay + wiring.links[link].lateness.next(using: &nodes[sender].network)
        }
        return delay.nanoseconds
    }

    private mutating func draws(_ share: Double, _ sender: Int) -> Bool {
        share > 0 && nodes[sender].network.nextUnit() < share
    }

    /// Whether a message that was under way when its link was cut arrives all the same.
    mutating func crosses(from sender: Int, to receiver: Int) -> Bool {
        draws(wiring.links[wiring.link(sender, receiver)].crossing, sender)
    }
}
