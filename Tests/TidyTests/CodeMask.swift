/// Blanks out what is not code, so that a line can be searched for code.
///
/// Comments and literals become spaces (an interpolation goes with its literal), names in backticks
/// become underscores; line breaks stay, so lines keep their numbers. A scanner, not a parser: it
/// knows neither regular expressions between slashes nor raw literals of C++.
struct CodeMask {
    private let language: Language
    private var bytes: [UInt8] = []
    private var position = 0

    init(_ language: Language) {
        self.language = language
    }

    func blanked(_ text: String) -> String {
        var scanner = self
        scanner.bytes = Array(text.utf8)
        while scanner.position < scanner.bytes.count {
            scanner.step()
        }
        return String(decoding: scanner.bytes, as: UTF8.self)
    }

    private func byte(at offset: Int) -> UInt8? {
        position + offset < bytes.count ? bytes[position + offset] : nil
    }

    private func isNext(_ text: StaticString) -> Bool {
        isNext(Array("\(text)".utf8))
    }

    private func isNext(_ expected: [UInt8]) -> Bool {
        position + expected.count <= bytes.count
            && bytes[position..<position + expected.count].elementsEqual(expected)
    }

    private mutating func blank(_ count: Int = 1, with filler: UInt8 = .space) {
        for _ in 0..<count where position < bytes.count {
            if bytes[position] != .newline { bytes[position] = filler }
            position += 1
        }
    }

    /// Passes one byte of code, or blanks one comment, literal or quoted name.
    private mutating func step() {
        switch bytes[position] {
        case .slash where byte(at: 1) == .slash: blankLineComment()
        case .slash where byte(at: 1) == .star: blankBlockComment()
        case .quote: blankString(hashes: 0)
        case .hash where language == .swift: stepOverHashes()
        case .backtick where language == .swift: blankName()
        case .apostrophe where language == .c && !isAfterDigit: blankCharacter()
        default: position += 1
        }
    }

    private mutating func blankLineComment() {
        while let next = byte(at: 0), next != .newline { blank() }
    }

    /// Block comments nest in Swift and do not in C.
    private mutating func blankBlockComment() {
        var depth = 0
        repeat {
            if isNext("/*"), depth == 0 || language == .swift {
                depth += 1
                blank(2)
            } else if isNext("*/") {
                depth -= 1
                blank(2)
            } else {
                blank()
            }
        } while depth > 0 && position < bytes.count
    }

    private mutating func stepOverHashes() {
        var hashes = 0
        while byte(at: hashes) == .hash { hashes += 1 }
        if byte(at: hashes) == .quote {
            blank(hashes)
            blankString(hashes: hashes)
        } else {
            position += hashes
        }
    }

    private mutating func blankString(hashes: Int) {
        let quotes = language == .swift && isNext("\"\"\"") ? 3 : 1
        let mark = [UInt8](repeating: .hash, count: hashes)
        let end = [UInt8](repeating: .quote, count: quotes) + mark
        let escape = [.backslash] + mark
        blank(quotes)
        while let next = byte(at: 0) {
            if isNext(end) {
                blank(end.count)
                return
            } else if isNext(escape) {
                blank(escape.count)
                if language == .swift, byte(at: 0) == .open {
                    blankInterpolation()
                } else {
                    blank()
                }
            } else if quotes == 1, next == .newline {
                return
            } else {
                blank()
            }
        }
    }

    /// From the opening parenthesis to the one that closes it, literals within included.
    private mutating func blankInterpolation() {
        var depth = 0
        repeat {
            switch bytes[position] {
            case .open:
                depth += 1
                blank()
            case .close:
                depth -= 1
                blank()
            case .quote: blankString(hashes: 0)
            default: blank()
            }
        } while depth > 0 && position < bytes.count
    }

    private mutating func blankName() {
        position += 1
        while let next = byte(at: 0), next != .backtick, next != .newline {
            blank(with: .underscore)
        }
        position += 1
    }

    /// `1'000` in C++ is a number.
    private var isAfterDigit: Bool {
        position > 0 && (UInt8.zero...UInt8.nine).contains(bytes[position - 1])
    }

    private mutating func blankCharacter() {
        blank()
        while let next = byte(at: 0), next != .newline {
            blank(next == .backslash ? 2 : 1)
            if next == .apostrophe { return }
        }
    }
}

extension UInt8 {
    fileprivate static let newline = UInt8(ascii: "\n")
    fileprivate static let space = UInt8(ascii: " ")
    fileprivate static let slash = UInt8(ascii: "/")
    fileprivate static let star = UInt8(ascii: "*")
    fileprivate static let quote = UInt8(ascii: "\"")
    fileprivate static let apostrophe = UInt8(ascii: "'")
    fileprivate static let backtick = UInt8(ascii: "`")
    fileprivate static let hash = UInt8(ascii: "#")
    fileprivate static let backslash = UInt8(ascii: "\\")
    fileprivate static let open = UInt8(ascii: "(")
    fileprivate static let close = UInt8(ascii: ")")
    fileprivate static let underscore = UInt8(ascii: "_")
    fileprivate static let zero = UInt8(ascii: "0")
    fileprivate static let nine = UInt8(ascii: "9")
}
