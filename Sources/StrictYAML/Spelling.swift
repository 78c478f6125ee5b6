/// Finds the word that was probably meant.
public enum Spelling {
    /// Words longer than this are not compared: nobody mistypes them, and the comparison is
    /// quadratic.
    static let longestWord = 64

    /// The word of `known` that is nearest to `text`, the first of equals; `nil` when none is near
    /// enough to be what was meant: one edit, or one in three characters.
    ///
    /// Complexity: O(`known.count` × `text.count` × length of the words).
    public static func nearest(to text: String, among known: [String]) -> String? {
        let letters = Array(text.lowercased())
        guard letters.count <= longestWord else { return nil }
        var best: (word: String, distance: Int)?
        for word in known where word.count <= longestWord {
            let candidate = Array(word.lowercased())
            let distance = distance(letters, candidate)
            let limit = max(1, max(letters.count, candidate.count) / 3)
            if distance <= limit, distance < best?.distance ?? .max { best = (word, distance) }
        }
        return best?.word
    }

    /// The end of a sentence that starts with "expected": the nearest word, or all of them.
    public static func expectation(for text: String, among known: [String]) -> String {
        if let word = nearest(to: text, among: known) { return "'\(word)'" }
        if known.isEmpty { return "none" }
        return known.count == 1 ? "'\(known[0])'" : "one of \(known.joined(separator: ", "))"
    }

    /// Insertions, deletions, replacements and swaps of neighbours that turn one word into the
    /// other (optimal string alignment; Damerau 1964).
    static func distance(_ left: [Character], _ right: [Character]) -> Int {
        if left.isEmpty || right.isEmpty { return max(left.count, right.count) }
        var beforeLast = Array(repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for i in 1...left.count {
            var row = [i]
            for j in 1...right.count {
                let replaced = last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1)
                var least = min(last[j] + 1, row[j - 1] + 1, replaced)
                if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
                    least = min(least, beforeLast[j - 2] + 1)
                }
                row.append(least)
            }
            beforeLast = last
            last = row
        }
        return last[right.count]
    }
}
