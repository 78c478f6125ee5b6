/// Where a PCI device sits, written as the kernel writes it: `0000:3b:00.1`.
public struct PCIAddress: Hashable, Sendable, CustomStringConvertible {
    /// The PCI domain, also called segment.
    public var domain: UInt32
    /// The bus.
    public var bus: UInt8
    /// The device on the bus; the functions of one card share it.
    public var device: UInt8
    /// The function of the device.
    public var function: UInt8

    /// Hexadecimal, padded: `0000:3b:00.1`.
    public var description: String {
        "\(hexadecimal(domain, 4)):\(hexadecimal(bus, 2)):\(hexadecimal(device, 2))."
            + hexadecimal(function, 1)
    }

    /// The address without the function: the card.
    var card: String { String(description.prefix { $0 != "." }) }
}

/// The lower-case hexadecimal digits of `value`, at least `width` of them.
func hexadecimal(_ value: some BinaryInteger, _ width: Int) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

/// What the PCI bus says of a device.
struct PCIDevice: Hashable, Sendable {
    var address: PCIAddress
    /// Base class and subclass: `0x0302` is a 3D controller.
    var classCode: UInt16
    var vendor: UInt16
    var device: UInt16
    /// The names in the database of PCI identities; empty when that is not installed.
    var name: String
    /// The NUMA node next to it, when there is just one.
    var node: Int?

    var identity: String { "\(hexadecimal(vendor, 4)):\(hexadecimal(device, 4))" }
}
