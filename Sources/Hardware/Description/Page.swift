/// A page of three columns: what, the answer, and where it came from.
struct Page {
    /// How parts of the page are set off, such as with colour; the text has its final width when it
    /// is handed over.
    private let style: MachineDescription.Style
    private let width: Int
    private var lines: [String] = []

    private static let indent = 2
    private static let nameWidth = 24
    private static let gap = 2
    /// Settings are short, and their reasons long; with facts and sources it is rather even.
    private static let settingWidth = 16

    init(width: Int, style: MachineDescription.Style) {
        precondition(width >= 60, "three columns need 60 characters, got \(width)")
        self.width = width
        self.style = style
    }

    var text: String { lines.joined(separator: "\n") + "\n" }

    mutating func heading(_ title: String) {
        if !lines.isEmpty { lines.append("") }
        lines += Page.wrapped(title, to: width).map(style.heading)
    }

    /// Adds rows. Of a machine that is only described whole sections are unknown for one reason,
    /// which is then said once.
    mutating func add(_ rows: [Row]) {
        let valueWidth = free * 11 / 20
        var rest = rows[...]
        while let row = rest.first {
            let alike = rest.prefix { $0.isUnknown && $0.value == row.value && $0.note == row.note }
            if alike.count < 3 {
                add(row, valueWidth: valueWidth)
                rest.removeFirst()
            } else {
                add(unknown: Array(alike))
                rest.removeFirst(alike.count)
            }
        }
    }

    /// Adds decisions with their reasons.
    mutating func add(settings rows: [Row]) {
        for row in rows { add(row, valueWidth: Page.settingWidth) }
    }

    /// What is left of a line for the answer and its source.
    private var free: Int { width - Page.indent - Page.nameWidth - 2 * Page.gap }

    private mutating func add(unknown rows: [Row]) {
        let names = rows.map { String($0.name.drop { $0 == " " }) }.joined(separator: ", ")
        let text = "\(rows[0].value) (\(rows[0].note)): \(names)"
        for line in Page.wrapped(text, to: width - Page.indent) {
            lines.append(String(repeating: " ", count: Page.indent) + style.unknown(line))
        }
    }

    private mutating func add(_ row: Row, valueWidth: Int) {
        // A name that begins with blanks belongs to the one above.
        let inset = row.name.prefix { $0 == " " }
        let names = Page.wrapped(row.name, to: Page.nameWidth - inset.count)
            .map { inset + $0 }
        let values = Page.wrapped(row.value, to: valueWidth)
        let notes = Page.wrapped(row.note, to: free - valueWidth)
        for line in 0..<max(names.count, values.count, notes.count) {
            let name = line < names.count ? names[line] : ""
            let value = line < values.count ? values[line] : ""
            let note = line < notes.count ? notes[line] : ""
            var text = String(repeating: " ", count: Page.indent) + name
            if !value.isEmpty || !note.isEmpty {
                text += String(repeating: " ", count: Page.nameWidth - name.count + Page.gap)
                text += row.isUnknown ? style.unknown(value) : style.value(value)
            }
            if !note.isEmpty {
                text += String(repeating: " ", count: valueWidth - value.count + Page.gap)
                text += style.source(note)
            }
            lines.append(text)
        }
    }

    /// The words of `text` in lines of at most `width` characters. A word that is longer, such as a
    /// path, is cut before a slash where it has one.
    static func wrapped(_ text: String, to width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            var word = String(word)
            if !line.isEmpty, line.count + 1 + word.count <= width {
                line += " " + word
                continue
            }
            if !line.isEmpty { lines.append(line) }
            while word.count > width {
                let slash = word.prefix(width).dropFirst().lastIndex(of: "/")
                let cut = slash ?? word.index(word.startIndex, offsetBy: width)
                lines.append(String(word[..<cut]))
                word = String(word[cut...])
            }
            line = word
        }
        if !line.isEmpty { lines.append(line) }
        return lines
    }
}

extension Page {
    /// A line of the page.
    struct Row {
        var name: String
        var value: String
        var note: String
        var isUnknown = false

        init(_ name: String, _ value: String, note: String) {
            self.name = name
            self.value = value
            self.note = note
        }

        /// A fact; unknown with its reason where it is so.
        init<Value>(_ name: String, _ fact: Fact<Value>, _ text: (Value) -> String) {
            self.name = name
            switch fact {
            case .known(let value, let source):
                self.value = text(value)
                note = source
            case .unknown(let reason, let source):
                value = "unknown: \(reason)"
                note = source
                isUnknown = true
            }
        }

        /// A fact that prints itself.
        init(_ name: String, _ fact: Fact<some CustomStringConvertible>) {
            self.init(name, fact) { "\($0)" }
        }

        /// A fact that is so or not.
        init(_ name: String, _ fact: Fact<Bool>) {
            self.init(name, fact) { $0 ? "yes" : "no" }
        }

        /// A fact that lists things.
        init(_ name: String, list fact: Fact<[String]>) {
            self.init(name, fact) { $0.isEmpty ? "none" : $0.joined(separator: ", ") }
        }

        /// A fact that is a set of hardware threads.
        init(_ name: String, _ fact: Fact<CPUSet>) {
            self.init(name, fact) { $0.isEmpty ? "none" : "\($0)" }
        }
    }
}
