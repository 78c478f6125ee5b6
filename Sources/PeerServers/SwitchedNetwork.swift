import CPeerServers
import Glibc
import Hardware

/// Places that are joined by a switch, each a network of the kernel's own (a network namespace) with a
/// cable (veth) to a bridge in one more: what servers need that are to be cut off from each other as by
/// pulling a cable. Who is cut off keeps its addresses, routes and connections, and what is sent either way
/// is dropped without a word.
///
/// Nothing of it is seen outside, and nothing has to be removed: the kernel takes all of it back when
/// the last process in it is gone and this object is, or this process.
///
/// For one thread at a time, which visits the places.
public final class SwitchedNetwork {
    /// How many places there are.
    public var count: Int { places.count }

    private let places: [NetworkSpace]
    private let middle: NetworkSpace
    private let first: UInt32
    private let prefix: Int32

    private static let bridge = "switch"
    /// What a place calls its end of its cable.
    static let cable = "cable"

    /// Makes a network of so many places, all joined, which nobody outside can reach.
    ///
    /// - Throws: `noNetwork` where the kernel has none of this, or does not let this process.
    public convenience init(places count: Int) throws(PeerFailure) {
        precondition((1...200).contains(count), "a switch with \(count) places")
        // 10.77.0.1 and those that follow, of 256.
        try self.init(places: count, first: 0x0A4D_0001, prefix: 24)
    }

    /// Makes one whose places have addresses from `first` on, of a network of so many leading bits.
    init(places count: Int, first: UInt32, prefix: Int32) throws(PeerFailure) {
        (self.first, self.prefix) = (first, prefix)
        middle = try NetworkSpace()
        var places: [NetworkSpace] = []
        for _ in 0..<count { places.append(try NetworkSpace()) }
        self.places = places
        try middle.visit { () throws(PeerFailure) in
            try Self.make("a bridge") { unsafe peer_network_make_bridge(Self.bridge) }
            for (number, place) in places.enumerated() {
                try Self.make("a cable") {
                    unsafe peer_network_make_cable(
                        Self.port(number), Self.bridge, Self.cable, place.descriptor)
                }
            }
        }
        for (number, place) in places.enumerated() {
            try place.visit { () throws(PeerFailure) in
                try Self.make("a loopback") { unsafe peer_network_set_up("lo", 1) }
                try Self.make("an address") {
                    unsafe peer_network_set_address(
                        Self.cable, first + UInt32(number), prefix)
                }
                try Self.make("a link") { unsafe peer_network_set_up(Self.cable, 1) }
            }
        }
    }

    /// The address of a place on the switch.
    public func address(of place: Int) -> String {
        SocketAddress.text(first + UInt32(place))
    }

    /// Does something in a place: sockets that are opened there, and processes that are started there,
    /// stay there.
    public func visit<Result>(
        _ place: Int, _ body: () throws(PeerFailure) -> Result
    ) throws(PeerFailure) -> Result {
        try places[place].visit(body)
    }

    /// Does something beside the switch.
    func visitMiddle<Result>(
        _ body: () throws(PeerFailure) -> Result
    ) throws(PeerFailure) -> Result { try middle.visit(body) }

    /// Joins this thread's network to the switch, by a cable of this name with this address.
    func plugIn(_ cable: String, at address: UInt32) throws(PeerFailure) {
        let own = try NetworkSpace.current()
        try middle.visit { () throws(PeerFailure) in
            try Self.make("a cable") {
                unsafe peer_network_make_cable(
                    "outside", Self.bridge, cable, own.descriptor)
            }
        }
        try Self.make("an address") { unsafe peer_network_set_address(cable, address, prefix) }
        try Self.make("a link") { unsafe peer_network_set_up(cable, 1) }
    }

    /// Cuts a place off from all others. Done when this returns.
    public func cut(_ place: Int) throws(PeerFailure) { try set(place, isJoined: false) }

    /// Joins a place that was cut off to the others again.
    public func join(_ place: Int) throws(PeerFailure) { try set(place, isJoined: true) }

    private func set(_ place: Int, isJoined: Bool) throws(PeerFailure) {
        precondition(places.indices.contains(place), "no place \(place) of \(count)")
        try middle.visit { () throws(PeerFailure) in
            try Self.make("a cut") {
                unsafe peer_network_set_up(Self.port(place), isJoined ? 1 : 0)
            }
        }
    }

    private static func port(_ place: Int) -> String { "port\(place)" }

    private static func make(_ what: String, _ call: () -> Int32) throws(PeerFailure) {
        let error = call()
        guard error == 0 else { throw .noNetwork(what: what, SystemError(error)) }
    }
}

/// A network of the kernel's own, as long as this object or a process in it lives.
private final class NetworkSpace {
    let descriptor: Int32

    /// An empty one.
    init() throws(PeerFailure) {
        var made: Int32 = -1
        // SAFETY: the number outlives the call.
        let error = unsafe peer_network_make(&made)
        guard error == 0 else {
            throw .noNetwork(what: "a network namespace", SystemError(error))
        }
        descriptor = made
    }

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// The one that this thread sees.
    static func current() throws(PeerFailure) -> NetworkSpace {
        var found: Int32 = -1
        // SAFETY: the number outlives the call.
        let error = unsafe peer_network_current(&found)
        guard error == 0 else {
            throw .noNetwork(what: "a way back", SystemError(error))
        }
        return NetworkSpace(found)
    }

    // Made in `init`, or opened for it; owned by this object alone.
    deinit { close(descriptor) }

    /// Lets the calling thread do something in it.
    func visit<Result>(
        _ body: () throws(PeerFailure) -> Result
    ) throws(PeerFailure) -> Result {
        let before = try Self.current()
        defer {
            let error = peer_network_enter(before.descriptor)
            // Whatever this thread did next would be done in the wrong network.
            precondition(error == 0, "no way back from a network: \(SystemError(error))")
        }
        let error = peer_network_enter(descriptor)
        guard error == 0 else {
            throw .noNetwork(what: "a visit to a network", SystemError(error))
        }
        return try body()
    }
}
