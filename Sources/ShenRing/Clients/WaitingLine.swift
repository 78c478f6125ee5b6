/// What is waited for in its order: timers in the order in which they come, which is that in which they were set
/// where all are set for the same time ahead, or requests.
struct WaitingLine<Element: Sendable>: Sendable {
    private var elements: [Element] = []
    private var head = 0

    var first: Element? { head < elements.count ? elements[head] : nil }

    mutating func append(_ element: Element) { elements.append(element) }

    /// Puts a timer behind the last one that may stay before it. O(timers that come after it).
    mutating func insert(_ element: Element, behind mayStay: (Element, Element) -> Bool) {
        var place = elements.count
        while place > head, !mayStay(elements[place - 1], element) { place -= 1 }
        elements.insert(element, at: place)
    }

    mutating func removeFirst() {
        head += 1
        if head == elements.count {
            removeAll()
        } else if head >= 64, head * 2 >= elements.count {
            elements.removeFirst(head)
            head = 0
        }
    }

    mutating func removeAll() {
        elements.removeAll(keepingCapacity: true)
        head = 0
    }
}
