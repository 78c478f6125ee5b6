/// Numbers values by slot, each put in once and taken out once; slots are used again, last freed first.
struct Slots<Element> {
    private var elements: [Element] = []
    private var free: [UInt32] = []

    /// How many values are held.
    var count: Int { elements.count - free.count }

    mutating func insert(_ element: Element) -> UInt32 {
        if let slot = free.popLast() {
            elements[Int(slot)] = element
            return slot
        }
        elements.append(element)
        return UInt32(elements.count - 1)
    }

    /// Takes a value out; its slot is free.
    mutating func remove(_ slot: UInt32) -> Element {
        free.append(slot)
        return elements[Int(slot)]
    }

    subscript(slot: UInt32) -> Element { elements[Int(slot)] }
}

/// Values by slot, which others number or it does itself. What is taken out is let go of.
@usableFromInline
struct Slab<Element> {
    @usableFromInline var elements: [Element?] = []
    @usableFromInline var free: [UInt32] = []

    @inlinable
    init() {}

    /// Puts a value into a free slot, and says which.
    @inlinable
    mutating func insert(_ element: consuming Element) -> UInt32 {
        let slot = free.popLast() ?? UInt32(elements.count)
        put(element, in: slot)
        return slot
    }

    /// Puts a value into a slot that another numbers, at most one past the last.
    @inlinable
    mutating func put(_ element: consuming Element, in slot: UInt32) {
        if Int(slot) == elements.count {
            elements.append(consume element)
        } else {
            elements[Int(slot)] = consume element
        }
    }

    /// Takes a value out, which must be there, of a slot that another numbers.
    @inlinable
    mutating func take(_ slot: UInt32) -> Element {
        guard let element = elements[Int(slot)].take() else {
            preconditionFailure("slot \(slot) is empty")
        }
        return element
    }

    /// Takes a value out, which must be there, and frees its slot.
    @inlinable
    mutating func remove(_ slot: UInt32) -> Element {
        free.append(slot)
        return take(slot)
    }
}
