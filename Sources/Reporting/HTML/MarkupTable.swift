/// A table of a page: a caption, headings, rows, in a box of its own that scrolls when the page is
/// narrower.
struct MarkupTable {
    /// A column.
    struct Column {
        let heading: String
        /// Whether its cells are aligned to the right, as numbers are.
        var isNumeric = false
        /// A class of the style sheet.
        var style: String?
    }

    /// A cell and what it is sorted by.
    struct Cell {
        let content: Markup
        /// What stands for the cell when rows are sorted; the text itself without it.
        var key: Double?
        /// Whether the cell names its row.
        var isHeading = false

        init(_ content: Markup, key: Double? = nil, isHeading: Bool = false) {
            self.content = content
            self.key = key
            self.isHeading = isHeading
        }

        init(_ text: String, key: Double? = nil, isHeading: Bool = false) {
            self.init(.text(text), key: key, isHeading: isHeading)
        }

        /// A figure, sorted by its value.
        init(_ figure: FigureText, sortedBy value: Double?) {
            self.init(MarkupTable.figure(figure), key: value)
        }

        fileprivate var isEmpty: Bool { content.text.isEmpty }
    }

    /// A row.
    struct Row {
        let cells: [Cell]
        /// Attributes that filters look at.
        var attributes: [(String, String?)] = []
    }

    let caption: String
    let columns: [Column]
    var rows: [Row] = []
    /// The name by which scripts and links find the table.
    var identifier: String?
    /// Whether readers may sort it.
    var isSortable = true
    /// A class of the style sheet.
    var style: String?

    mutating func append(_ cells: [Cell], _ attributes: [(String, String?)] = []) {
        precondition(
            cells.count == columns.count, "\(cells.count) cells for \(columns.count) columns")
        rows.append(Row(cells: cells, attributes: attributes))
    }

    /// The table, without the columns that no row fills; nothing without rows.
    var markup: Markup {
        guard !rows.isEmpty else { return .all([]) }
        let kept = columns.indices.filter { index in rows.contains { !$0.cells[index].isEmpty } }
        let head = kept.map { index in
            Markup.element(
                "th", [("scope", "col"), ("class", style(of: index))],
                text: columns[index].heading)
        }
        let body = rows.map { row in
            Markup.all([
                .element("tr", row.attributes, kept.map { cell(row.cells[$0], index: $0) }),
                .newline,
            ])
        }
        let names = [isSortable && rows.count > 1 ? "sortable" : nil, style].compactMap(\.self)
        let table = Markup.element(
            "table",
            [("id", identifier), ("class", names.isEmpty ? nil : names.joined(separator: " "))],
            [
                .element("caption", text: caption),
                .element("thead", [], [.element("tr", [], head)]), .newline,
                .element("tbody", [], body),
            ])
        return .all([
            .element(
                "div",
                [
                    ("class", "scroll"), ("role", "region"), ("aria-label", caption),
                    ("tabindex", "0"),
                ], [table]), .newline,
        ])
    }

    private func cell(_ cell: Cell, index: Int) -> Markup {
        // Rows are sorted by keys: seven digits tell them apart, in half the page.
        var attributes: [(String, String?)] = [
            ("class", style(of: index)), ("data-key", cell.key.map { "\(Float($0))" }),
        ]
        // Where rows become cards, a cell says what it is.
        if style == "cards", !cell.isEmpty {
            attributes.append(("data-label", columns[index].heading))
        }
        guard cell.isHeading else { return .element("td", attributes, [cell.content]) }
        return .element("th", [("scope", "row")] + attributes, [cell.content])
    }

    private func style(of index: Int) -> String? {
        let names = [columns[index].isNumeric ? "n" : nil, columns[index].style].compactMap(\.self)
        return names.isEmpty ? nil : names.joined(separator: " ")
    }

    /// A figure: the value and its unit stand out, the interval stands back.
    static func figure(_ figure: FigureText) -> Markup {
        guard let value = figure.value else { return .text("–") }
        let whole = figure.unit.isEmpty ? value : "\(value)\u{A0}\(figure.unit)"
        guard let interval = figure.interval else { return .text(whole) }
        return .all([
            .text(whole + " "),
            .element("span", [("class", "ci")], text: interval.replacing(" ", with: "\u{A0}")),
        ])
    }
}
