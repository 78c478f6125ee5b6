/// A drawing of gnuplot's as part of a page: nothing in it but shapes and text, its names its own,
/// its numbers as short as a screen can show.
struct InlineDrawing {
    /// The `svg` element.
    let markup: Markup

    /// The drawing in the text of an SVG file; `nil` when it holds anything but shapes and text, or
    /// names something outside itself.
    ///
    /// - Parameters:
    ///   - prefix: what names within it start with: letters, digits and `-` only.
    ///   - label: what a screen reader says of it.
    init?(_ file: String, prefix: String, label: String) {
        guard let tokens = DrawingScanner.tokens(of: file) else { return nil }
        let used = InlineDrawing.namesUsed(in: tokens)
        var parts: [String] = []
        /// Depth within an element that is left out.
        var skipped = 0
        var open: [String] = []
        for token in tokens {
            switch token {
            case .text(let text):
                guard skipped == 0, !open.isEmpty else { continue }
                let isLayout = text.utf8.allSatisfy { $0 <= 0x20 } && text.contains("\n")
                if !isLayout { parts.append(text) }
            case .tag(let tag) where tag.isEnd:
                guard open.last == tag.name else { return nil }
                open.removeLast()
                if skipped > 0 {
                    skipped -= 1
                } else if let last = parts.last, last == "<g>" || last.hasPrefix("<g ") {
                    // A group that turned out empty.
                    parts.removeLast()
                } else {
                    parts.append("</\(tag.name)>")
                }
            case .tag(let tag):
                guard InlineDrawing.allowed.contains(tag.name) else { return nil }
                if !tag.closesItself { open.append(tag.name) }
                if skipped > 0 || InlineDrawing.isLeftOut(tag, used) {
                    if !tag.closesItself { skipped += 1 }
                    continue
                }
                let start =
                    tag.name == "svg"
                    ? InlineDrawing.root(tag, label) : InlineDrawing.start(tag, prefix)
                guard let start else { return nil }
                parts.append(start)
            }
        }
        guard open.isEmpty, let first = parts.first, first.hasPrefix("<svg") else { return nil }
        markup = .verified(parts.joined())
    }

    private static let allowed: Set<String> = [
        "svg", "title", "desc", "defs", "g", "path", "rect", "circle", "line", "polygon",
        "polyline", "use", "text", "tspan", "filter", "feFlood", "feComposite",
    ]

    /// Titles repeat names of scripts; filters and symbols that nothing uses take room.
    private static func isLeftOut(_ tag: DrawingScanner.Tag, _ used: Set<String>) -> Bool {
        if ["title", "desc", "filter"].contains(tag.name) { return true }
        guard tag.name != "g", let own = tag.attributes.first(where: { $0.name == "id" })?.value
        else { return false }
        return !used.contains(own)
    }

    /// The names that something in the drawing refers to, directly or through another.
    private static func namesUsed(in tokens: [DrawingScanner.Token]) -> Set<String> {
        var used: Set<String> = []
        var within: [(name: String, target: String)] = []
        for case .tag(let tag) in tokens where tag.name == "use" {
            guard let target = tag.attributes.first(where: { isReference($0.name) })?.value else {
                continue
            }
            if let own = tag.attributes.first(where: { $0.name == "id" })?.value {
                within.append((own, String(target.dropFirst())))
            } else {
                used.insert(String(target.dropFirst()))
            }
        }
        // Symbols are made of earlier ones.
        for (name, target) in within.reversed() where used.contains(name) { used.insert(target) }
        return used
    }

    private static func isReference(_ name: String) -> Bool {
        name == "href" || name == "xlink:href"
    }

    private static func root(_ tag: DrawingScanner.Tag, _ label: String) -> String? {
        guard let box = tag.attributes.first(where: { $0.name == "viewBox" })?.value,
            isNumbers(box)
        else { return nil }
        let name = Markup.escaped(DisplayText.clean(label))
        return "<svg viewBox=\"\(box)\" role=\"img\" aria-label=\"\(name)\">"
    }

    private static func start(_ tag: DrawingScanner.Tag, _ prefix: String) -> String? {
        var text = "<" + tag.name
        // Symbols are drawn larger than they are given.
        let isSymbol = tag.attributes.contains { $0.name == "id" }
        for (name, value) in tag.attributes {
            switch name {
            case "xmlns", "xmlns:xlink", "class", "xml:space": continue
            case "stroke-linecap" where value == "butt", "stroke-linejoin" where value == "miter":
                // What they are without being said.
                continue
            case "id":
                // Only symbols are referred to.
                if tag.name != "g" { text += " id=\"\(prefix)-\(value)\"" }
            case "d" where !isSymbol, "points", "transform":
                text += " \(name)=\"\(shortened(value))\""
            default:
                if isReference(name) {
                    guard value.hasPrefix("#") else { return nil }
                    text += " href=\"#\(prefix)-\(value.dropFirst())\""
                } else if name.lowercased().hasPrefix("on") || name == "style"
                    || value.contains("url(") || value.contains("\"")
                {
                    return nil
                } else {
                    text += " \(name)=\"\(colour(value))\""
                }
            }
        }
        return text + (tag.closesItself ? "/>" : ">")
    }

    private static func isNumbers(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == 0x20 || byte == 0x2E
                || byte == 0x2D
        }
    }

    /// `rgb(  0, 114, 178)` without its spaces.
    private static func colour(_ value: String) -> String {
        value.hasPrefix("rgb(") ? value.replacing(" ", with: "") : value
    }

    /// Coordinates to a tenth of a pixel, single spaces between them.
    static func shortened(_ text: String) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count)
        var decimals: Int?
        for byte in text.utf8 {
            let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            if let count = decimals, isDigit {
                if count < 1 { result.append(byte) }
                decimals = count + 1
                continue
            }
            if decimals != nil {
                dropZeros(&result)
                decimals = nil
            }
            if byte == UInt8(ascii: ".") { decimals = 0 }
            if byte <= 0x20 {
                if let last = result.last, last != 0x20 { result.append(0x20) }
                continue
            }
            result.append(byte == UInt8(ascii: "\"") ? UInt8(ascii: "'") : byte)
        }
        if decimals != nil { dropZeros(&result) }
        if result.last == 0x20 { result.removeLast() }
        return String(decoding: result, as: UTF8.self)
    }

    private static func dropZeros(_ bytes: inout [UInt8]) {
        if bytes.last == UInt8(ascii: "0") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
    }
}
