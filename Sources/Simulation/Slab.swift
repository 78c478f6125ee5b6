/// Values by slot, each put in once and taken out once; slots are used again, last freed first.
struct Slab<Element> {
    private var elements: [Element?] = []
    private var free: [UInt32] = []

    /// How many values are held.
    var count: Int { elements.count - free.count }

    mutating func insert(_ element: consuming Element) -> UInt32 {
        if let slot = free.popLast() {
            elements[Int(slot)] = consume element
            return slot
        }
        elements.append(consume element)
        return UInt32(elements.count - 1)
    }

    /// Takes a value out; there must be one.
    mutating func remove(_ slot: UInt32) -> Element {
        guard let element = elements[Int(slot)].take() else {
            preconditionFailure("slot \(slot) is empty")
        }
        free.append(slot)
        return element
    }

    /// Reads a value in place; there must be one.
    subscript(slot: UInt32) -> Element {
        guard let element = elements[Int(slot)] else {
            preconditionFailure("slot \(slot) is empty")
        }
        return element
    }
}
