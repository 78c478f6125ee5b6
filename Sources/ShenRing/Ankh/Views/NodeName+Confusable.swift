extension NodeName {
    /// Whether the two are different names that Unicode holds to be one text, such as "é" as one
    /// character and as two (canonical equivalence, Unicode Standard 3.7, UAX 15).
    ///
    /// Names stay strings of bytes: which ring a view makes must not depend on the version of the
    /// Unicode tables that a node was built with. So this is asked where a name is brought in, never
    /// where a view is taken over. Letters that only look alike ("a" in Latin and in Cyrillic), and
    /// names that differ in case, are not confusable in this sense.
    public func isConfusable(with other: NodeName) -> Bool {
        guard self != other, let text, let otherText = other.text else { return false }
        return text == otherText
    }

    /// Two of the names that are different and confusable: the first such pair in the order of the
    /// names; nil where there is none.
    ///
    /// - Complexity: O(n log n) expected.
    public static func firstConfusable(among names: [NodeName]) -> (NodeName, NodeName)? {
        // The standard library's strings are equal and hash alike where they are canonically
        // equivalent.
        var seen: [String: NodeName] = [:]
        for name in names.sorted() {
            guard let text = name.text else { continue }
            if let earlier = seen[text], earlier != name { return (earlier, name) }
            seen[text] = name
        }
        return nil
    }

    /// The text that the bytes are; nil where they are no UTF-8.
    private var text: String? { String(validating: bytes, as: UTF8.self) }
}
