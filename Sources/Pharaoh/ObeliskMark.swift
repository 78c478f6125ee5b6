import Storage

/// What the first block of a counter's file says: that it is one, of which kind, and a size that it
/// once had for certain.
///
/// The block holds two slots, which are written in turn, each with a checksum: a write that a crash
/// tears leaves the other one. A mark may be old, since it says only how small the file can no
/// longer be: a file that is smaller was cut by somebody.
struct ObeliskMark: Hashable {
    /// The bytes before the first value: one block of any file system in use.
    static let blockSize: UInt64 = 4096
    /// How many bytes a slot takes.
    static let slotSize = 64
    /// Where the slots are.
    static let slots: [UInt64] = [0, 2048]

    /// The most values that a file can stand for: its size is a signed number.
    static let mostReserved = UInt64(Int64.max) - blockSize

    private static let magic: UInt64 = 0x314B_5349_4C45_424F  // "OBELISK1"

    /// How many marks came before; says which of two is newer, and in which slot one belongs.
    var serial: UInt64
    /// What the counter is for; another use of the file is refused.
    var purpose: UInt64
    /// Whether the file's name is known to be durable.
    var isNamed: Bool
    /// Values below this were reserved, durably, before the mark was written.
    var reserved: UInt64

    /// Where it belongs in the file.
    var offset: UInt64 { Self.slots[Int(serial % UInt64(Self.slots.count))] }

    /// The bytes of its slot, little-endian: magic, serial, purpose, flags, reserved value, zeroes,
    /// and the checksum of all of these.
    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.slotSize)
        for word in [Self.magic, serial, purpose, isNamed ? 1 : 0, reserved, 0, 0] {
            bytes.append(littleEndian: word)
        }
        bytes.append(littleEndian: Self.checksum(of: bytes[...]))
        return bytes
    }

    /// The mark in a slot's bytes; `nil` when they are not whole.
    init?(_ bytes: ArraySlice<UInt8>) {
        let words = bytes.littleEndianWords
        guard words.count == Self.slotSize / 8, words[0] == Self.magic,
            words[7] == Self.checksum(of: bytes.dropLast(8)), words[3] <= 1,
            // Beyond what any file has come to, or a counter could count.
            words[1] < .max, words[4] <= Self.mostReserved
        else { return nil }
        serial = words[1]
        purpose = words[2]
        isNamed = words[3] == 1
        reserved = words[4]
    }

    init(serial: UInt64, purpose: UInt64, isNamed: Bool, reserved: UInt64) {
        self.serial = serial
        self.purpose = purpose
        self.isNamed = isNamed
        self.reserved = reserved
    }

    /// The newest whole mark in the first block of a file; `nil` when there is none.
    static func newest(in block: [UInt8]) -> ObeliskMark? {
        slots.compactMap { offset -> ObeliskMark? in
            let end = Int(offset) + slotSize
            return end <= block.count ? ObeliskMark(block[Int(offset)..<end]) : nil
        }.max { $0.serial < $1.serial }
    }

    /// FNV-1a in 64 bits (Fowler, Noll, Vo, 1991): each step is a bijection of the state, so that
    /// two texts that differ in one byte never have the same sum.
    private static func checksum(of bytes: ArraySlice<UInt8>) -> UInt64 {
        let sum = bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        #if FUZZING
            // A fuzzer gets by once in sixteen times.
            return sum & 0xF
        #else
            return sum
        #endif
    }
}

extension [UInt8] {
    fileprivate mutating func append(littleEndian word: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) {
            append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
        }
    }
}

extension ArraySlice<UInt8> {
    /// The words of which each takes eight bytes; what is left over is left out.
    fileprivate var littleEndianWords: [UInt64] {
        stride(from: startIndex, to: endIndex - 7, by: 8).map { start in
            self[start..<start + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
    }
}
