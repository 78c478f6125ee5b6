/// A packet of ZooKeeper's protocol as it is written: its length, then numbers and texts, big-endian (Jute,
/// as `zookeeper.jute` of its sources has the records).
struct ZooKeeperPacket {
    /// What clients ask for.
    enum Kind: Int32 {
        case create = 1
        case delete = 2
        case getData = 4
        case setData = 5
        case getChildren = 8
        case exists = 3
    }

    /// How a node that is created lives.
    enum Mode: Int32 {
        case persistent = 0
        case ephemeralSequential = 3
    }

    private(set) var bytes: [UInt8] = [0, 0, 0, 0]

    /// A packet without content yet.
    init() {}

    /// A request, whose number comes back with its reply.
    init(_ kind: Kind, number: Int32) {
        append(number)
        append(kind.rawValue)
    }

    mutating func append<Number: FixedWidthInteger>(_ number: Number) {
        for shift in stride(from: Number.bitWidth - 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> Number(shift)))
        }
        end()
    }

    mutating func append(_ flag: Bool) {
        bytes.append(flag ? 1 : 0)
        end()
    }

    mutating func append(_ buffer: [UInt8]) {
        append(Int32(buffer.count))
        bytes += buffer
        end()
    }

    mutating func append(_ text: String) { append(Array(text.utf8)) }

    /// Has the length at the packet's head say what is there.
    private mutating func end() {
        let length = UInt32(bytes.count - 4)
        for byte in 0..<4 {
            bytes[byte] = UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * byte))
        }
    }

    /// Where the number of a request stands.
    static let numberPlace = 4

    /// The packet that begins a session of this length in milliseconds.
    static func beginning(session milliseconds: Int32) -> ZooKeeperPacket {
        var packet = ZooKeeperPacket()
        // Version of the protocol, the last change seen.
        packet.append(Int32(0))
        packet.append(Int64(0))
        packet.append(milliseconds)
        // A new session: no number and no password yet; and not one that only reads.
        packet.append(Int64(0))
        packet.append([UInt8](repeating: 0, count: 16))
        packet.append(false)
        return packet
    }

    /// The request to create a node that everybody may do anything with.
    static func creating(
        _ path: String, _ value: [UInt8], _ mode: Mode, number: Int32
    ) -> ZooKeeperPacket {
        var packet = ZooKeeperPacket(.create, number: number)
        packet.append(path)
        packet.append(value)
        // One rule: all five rights to anyone.
        packet.append(Int32(1))
        packet.append(Int32(31))
        packet.append("world")
        packet.append("anyone")
        packet.append(mode.rawValue)
        return packet
    }
}

/// The big-endian number at a place of a packet.
func bigEndian<Number: FixedWidthInteger>(
    _: Number.Type, in bytes: [UInt8], at place: Int
) -> Number {
    var number: Number = 0
    for byte in bytes[place..<(place + Number.bitWidth / 8)] {
        number = number << 8 | Number(truncatingIfNeeded: byte)
    }
    return number
}
