/// Text as a terminal shows it: how many cells it fills, and forms of it that cannot disturb what
/// stands around it.
///
/// Widths follow Unicode Standard Annex 11: East Asian wide and fullwidth characters and emoji
/// fill two cells, combining and format characters none.
enum DisplayText {
    /// Where the padding goes.
    enum Alignment: Sendable {
        case left
        case right
    }

    /// How many cells `text` fills.
    static func width(_ text: String) -> Int {
        text.reduce(0) { $0 + width($1) }
    }

    /// `text` filled with spaces to `width` cells; unchanged when it is that wide already.
    static func padded(_ text: String, to width: Int, _ alignment: Alignment = .left) -> String {
        let missing = width - DisplayText.width(text)
        guard missing > 0 else { return text }
        let spaces = String(repeating: " ", count: missing)
        return alignment == .left ? text + spaces : spaces + text
    }

    /// `text`, or as much of it as fits in `width` cells with `…` in the place of the rest.
    static func truncated(_ text: String, to width: Int) -> String {
        precondition(width > 0, "text cannot be cut to \(width) cells")
        guard DisplayText.width(text) > width else { return text }
        var result = ""
        var used = 0
        for character in text {
            let next = DisplayText.width(character)
            if used + next > width - 1 { break }
            result.append(character)
            used += next
        }
        return result + "…"
    }

    /// `text`, or its start and its end with `…` between them in `width` cells: names that differ
    /// in their last characters stay apart.
    static func shortened(_ text: String, to width: Int) -> String {
        precondition(width > 2, "text cannot be shortened to \(width) cells")
        guard DisplayText.width(text) > width else { return text }
        let tail = (width - 1) / 3
        var end = ""
        var used = 0
        for character in text.reversed() {
            used += DisplayText.width(character)
            if used > tail { break }
            end.insert(character, at: end.startIndex)
        }
        return truncated(text, to: width - DisplayText.width(end)) + end
    }

    /// The lines of `text`, broken at spaces so that none fills more than `width` cells. A word
    /// that is longer than a line is broken within.
    static func wrapped(_ text: String, to width: Int) -> [String] {
        precondition(width > 0, "text cannot be wrapped to \(width) cells")
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            for piece in pieces(of: word, width: width) {
                let needed = DisplayText.width(line) + (line.isEmpty ? 0 : 1)
                if needed + DisplayText.width(piece) > width, !line.isEmpty {
                    lines.append(line)
                    line = piece
                } else {
                    line += (line.isEmpty ? "" : " ") + piece
                }
            }
        }
        if !line.isEmpty { lines.append(line) }
        return lines
    }

    /// `text` on one line and without anything that moves a cursor, colours a terminal or turns
    /// the direction of what follows: line breaks and tabs become spaces, other control characters
    /// and what XML cannot hold at all `�`, and marks of direction go.
    static func clean(_ text: String) -> String {
        // Most text is of printable ASCII, of which nothing is changed.
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n", "\r", "\t", "\u{2028}", "\u{2029}", "\u{85}": result.append(" ")
            case "\u{200E}", "\u{200F}", "\u{61C}", "\u{202A}"..."\u{202E}",
                "\u{2066}"..."\u{2069}", "\u{FEFF}":
                continue
            case "\u{FFFE}", "\u{FFFF}": result.append("\u{FFFD}")
            default:
                let isControl = scalar.properties.generalCategory == .control
                result.append(isControl ? "\u{FFFD}" : scalar)
            }
        }
        return String(result)
    }

    private static func width(_ character: Character) -> Int {
        var width = 0
        for scalar in character.unicodeScalars {
            // Variation selector 16 asks for the emoji form of the character before it.
            if scalar == "\u{FE0F}" { return 2 }
            width = max(width, DisplayText.width(scalar))
        }
        return width
    }

    private static func width(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: break
        }
        if scalar.properties.isEmojiPresentation { return 2 }
        return wide.contains { $0.contains(scalar.value) } ? 2 : 1
    }

    /// Blocks whose characters are wide or fullwidth (`EastAsianWidth.txt`, merged over the
    /// unassigned gaps between them).
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
        0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x1_F300...0x1_F64F,
        0x1_F900...0x1_F9FF, 0x2_0000...0x3_FFFD,
    ]

    private static func pieces(of word: Substring, width: Int) -> [String] {
        var pieces: [String] = []
        var piece = ""
        var used = 0
        for character in word {
            let next = DisplayText.width(character)
            if used + next > width, !piece.isEmpty {
                pieces.append(piece)
                piece = ""
                used = 0
            }
            piece.append(character)
            used += next
        }
        return pieces + [piece]
    }
}
