/// What belongs to the unanswered messages, the oldest first: a queue whose memory grows to the most
/// that were ever unanswered. O(1) an operation.
struct PendingQueue<Element: Sendable>: Sendable {
    private var elements: [Element?] = [nil, nil, nil, nil]
    private var first = 0
    private(set) var count = 0

    /// What belongs to the oldest one.
    var oldest: Element? { count > 0 ? elements[first] : nil }

    mutating func append(_ element: Element) {
        if count == elements.count {
            let old = elements
            elements = (0..<count).map { old[(first + $0) % count] }
            elements += Array(repeating: nil, count: count)
            first = 0
        }
        elements[(first + count) % elements.count] = element
        count += 1
    }

    mutating func removeOldest() -> Element? {
        guard count > 0 else { return nil }
        let element = elements[first]
        elements[first] = nil
        first = (first + 1) % elements.count
        count -= 1
        return element
    }
}
