/// Messages of the present leader that came before those which precede them: bounded, in the order
/// of the log.
///
/// A lost message is found out by the next empty one, which is refused; so nothing is kept here for
/// longer than that takes.
struct EarlyEntries: Sendable {
    private var appends: [QuorumMessage.Append] = []

    var isEmpty: Bool { appends.isEmpty }

    /// Keeps a message, unless there are `most` already; says whether it is kept, now or from
    /// before. O(n) for n kept, which is no more than a window.
    mutating func keep(_ append: QuorumMessage.Append, most: Int) -> Bool {
        var place = appends.endIndex
        while place > 0, appends[place - 1].previousIndex >= append.previousIndex {
            if appends[place - 1].previousIndex == append.previousIndex {
                if appends[place - 1].entries.count < append.entries.count {
                    appends[place - 1] = append
                }
                return true
            }
            place -= 1
        }
        guard appends.count < most else { return false }
        appends.insert(append, at: place)
        return true
    }

    /// The first message, where the log reaches what precedes it.
    mutating func removeFirst(reachedBy lastIndex: UInt64) -> QuorumMessage.Append? {
        guard let first = appends.first, first.previousIndex <= lastIndex else { return nil }
        return appends.removeFirst()
    }

    mutating func removeAll() { appends.removeAll() }
}
