import Randomness
import StateMachines

/// What becomes of messages on their way.
extension Simulator {
    /// Sends the messages of the step that a node has just taken.
    mutating func send(from place: Int) {
        var departure = max(time, nodes[place].freeAt)
        // By place in the list: going through the list itself would hold it while messages are sent,
        // which empties nothing but would have it copied.
        for index in 0..<effects.messages.count {
            departure += costs.send.nanoseconds
            let receiver = effects.messages[index].receiver.place
            let message = effects.messages[index].message
            let bytes = size(message)
            nodes[place].traffic.sent.add(bytes)
            let flight = Flight(
                message: message, sender: UInt32(place), bytes: UInt32(bytes))
            guard receiver < nodes.count else {
                nodes[place].traffic.drop(.unknownReceiver, bytes)
                continue
            }
            if receiver == place {
                launch(flight, to: receiver, at: departure)
            } else {
                transmit(flight, to: receiver, at: departure)
            }
        }
        nodes[place].freeAt = departure
    }

    /// Sends a message over the network. Each chance is drawn only where it is not zero.
    private mutating func transmit(_ flight: Flight, to receiver: Int, at departure: Int64) {
        let sender = Int(flight.sender)
        let bytes = Int(flight.bytes)
        if let drops, drops(flight.message, NodeID(flight.sender), NodeID(place: receiver), now) {
            return nodes[sender].traffic.drop(.intercepted, bytes)
        }
        guard wiring.connects(sender, receiver) else {
            return nodes[sender].traffic.drop(.cut, bytes)
        }
        let link = wiring.link(sender, receiver)
        guard
            let left = wiring.leave(sender, receiver, link, bytes: bytes, at: departure)
        else { return nodes[sender].traffic.drop(.congested, bytes) }
        if draws(link.loss, sender) { return nodes[sender].traffic.drop(.lost, bytes) }
        launch(flight, to: receiver, at: left + delay(link, sender))
        if draws(link.duplication, sender) {
            nodes[sender].traffic.duplicated.add(bytes)
            launch(flight, to: receiver, at: left + delay(link, sender))
        }
    }

    private mutating func delay(_ link: Link, _ sender: Int) -> Int64 {
        var delay = link.delay.next(using: &nodes[sender].network).nanoseconds
        if draws(link.reordering, sender) {
            delay += link.lateness.next(using: &nodes[sender].network).nanoseconds
        }
        return delay
    }

    private mutating func draws(_ share: Double, _ sender: Int) -> Bool {
        share > 0 && nodes[sender].network.nextUnit() < share
    }

    private mutating func launch(_ flight: Flight, to receiver: Int, at arrival: Int64) {
        insert(.arrival, node: receiver, slot: flights.insert(flight), at: arrival)
    }

    /// Whether a message that was under way when its link was cut arrives all the same.
    mutating func crosses(from sender: Int, to receiver: Int) -> Bool {
        draws(wiring.link(sender, receiver).crossing, sender)
    }

    /// Ends a message that was under way.
    mutating func drop(_ slot: UInt32, _ cause: Traffic.Drop, of place: Int) {
        let flight = flights.remove(slot)
        nodes[place].traffic.drop(cause, Int(flight.bytes))
    }
}
