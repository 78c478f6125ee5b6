import Storage

/// What was waited for did not come in a minute: something hangs.
struct Overdue: Error, CustomStringConvertible {
    let description: String
}

/// A value that threads change and wait for. Waiting throws where what is waited for does not come
/// in time, so that the test fails which waits, and the others go on.
final class Signal<Value>: @unchecked Sendable {
    // Sendable: the value is used under the lock alone.
    private let lock = WaitLock()
    private let changed = WaitCondition()
    private var value: Value

    init(_ value: Value) { self.value = value }

    /// What `body` gives, which has the value to itself meanwhile.
    @discardableResult
    func change<Answer>(_ body: (inout Value) -> Answer) -> Answer {
        lock.lock()
        defer {
            lock.unlock()
            changed.broadcast()
        }
        return body(&value)
    }

    /// Waits until `condition` holds.
    func wait(
        _ what: String, atMost seconds: UInt64 = 60, until condition: (Value) -> Bool
    ) throws(Overdue) {
        let deadline = WaitCondition.Instant.after(seconds * 1_000_000_000)
        lock.lock()
        defer { lock.unlock() }
        while !condition(value) {
            guard changed.wait(lock, until: deadline) || condition(value) else {
                throw Overdue(
                    description: "waited \(seconds) s for \(what); there is \(brief(value))")
            }
        }
    }
}

/// What a value says of itself, in no more than can be read: of a list its length and its last
/// elements.
private func brief(_ value: Any) -> String {
    func end(of list: some Collection) -> String {
        let last = list.suffix(6).map { brief($0) }.joined(separator: "; ")
        return list.count > 6 ? "\(list.count) in all, at last \(last)" : "[\(last)]"
    }
    if let list = value as? any Collection, !(value is String) { return end(of: list) }
    let text = "\(value)"
    return text.count > 800 ? "… \(text.suffix(800))" : text
}
