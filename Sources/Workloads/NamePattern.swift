/// A name, or a pattern of names in which `*` stands for any characters and `?` for one.
public struct NamePattern: Hashable, Sendable, CustomStringConvertible {
    private let pattern: [Character]

    /// The pattern that `text` spells.
    public init(_ text: String) { pattern = Array(text) }

    /// Its text.
    public var description: String { String(pattern) }

    /// Whether it can stand for more than one name.
    public var isGlob: Bool { pattern.contains("*") || pattern.contains("?") }

    /// Whether `name` is one that it stands for.
    ///
    /// Complexity: O(length of the pattern × length of the name); never exponential.
    public func matches(_ name: String) -> Bool {
        let name = Array(name)
        var (p, n) = (0, 0)
        // Where to go on when the latest star has to take one character more.
        var retry: (pattern: Int, name: Int)?
        while n < name.count {
            if p < pattern.count, pattern[p] == "*" {
                retry = (p + 1, n)
                p += 1
            } else if p < pattern.count, pattern[p] == "?" || pattern[p] == name[n] {
                p += 1
                n += 1
            } else if let star = retry {
                retry = (star.pattern, star.name + 1)
                (p, n) = (star.pattern, star.name + 1)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == "*" }
    }
}
