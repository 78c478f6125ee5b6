/// First in, first out, in one array. Amortised O(1) to put in at the end and to take out.
@usableFromInline
struct Queue<Element> {
    @usableFromInline var elements: [Element] = []
    @usableFromInline var head = 0

    @inlinable
    init() {}

    @inlinable
    var isEmpty: Bool { head == elements.count }
    @inlinable
    var count: Int { elements.count - head }
    /// What is next; there must be something.
    @inlinable
    var first: Element { elements[head] }

    @inlinable
    mutating func append(_ element: Element) { elements.append(element) }

    /// Puts an element before all others. O(n) where nothing was taken out.
    @inlinable
    mutating func prepend(_ element: Element) {
        if head > 0 {
            head -= 1
            elements[head] = element
        } else {
            elements.insert(element, at: 0)
        }
    }

    @inlinable
    mutating func removeFirst() -> Element {
        let element = elements[head]
        head += 1
        if head == elements.count {
            elements.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 64, head * 2 >= elements.count {
            // Half of it is gone: what is left moves up, for a move an element. So a queue that never
            // runs empty takes no more than twice what waits in it, or 64 elements more.
            elements.removeFirst(head)
            head = 0
        }
        return element
    }

    /// Empties it, and gives up its memory.
    @inlinable
    mutating func removeAll() -> ArraySlice<Element> {
        defer { self = Queue() }
        return elements[head...]
    }
}
