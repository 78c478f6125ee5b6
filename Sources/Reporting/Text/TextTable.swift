/// Aligned columns of plain text, two spaces apart.
struct TextTable {
    /// A column: its heading, where its cells are aligned, and how much it may shrink.
    struct Column {
        let heading: String
        var alignment = DisplayText.Alignment.left
        /// The least width to which the column is cut when the table is too wide; `nil` for a
        /// column that is never cut.
        var least: Int?
    }

    /// A cell and what it is.
    struct Cell {
        let text: String
        var part = TextStyle.Part.body
    }

    let columns: [Column]
    private(set) var rows: [[Cell]] = []

    init(_ columns: [Column]) { self.columns = columns }

    /// Adds a row with a cell for each column.
    mutating func append(_ row: [Cell]) {
        precondition(
            row.count == columns.count, "\(row.count) cells for \(columns.count) columns")
        rows.append(row)
    }

    /// The table without the columns that no row fills.
    func withoutEmptyColumns() -> TextTable {
        let kept = columns.indices.filter { index in rows.contains { !$0[index].text.isEmpty } }
        var table = TextTable(kept.map { columns[$0] })
        for row in rows { table.append(kept.map { row[$0] }) }
        return table
    }

    /// The lines of the table, none wider than `width` cells as long as the columns that may be
    /// cut can give way.
    func lines(width: Int, style: TextStyle) -> [String] {
        let widths = fittedWidths(width)
        let headings = columns.map { Cell(text: $0.heading, part: .header) }
        return ([headings] + rows).map { line($0, widths, style) }
    }

    private func fittedWidths(_ width: Int) -> [Int] {
        var widths = columns.indices.map { index in
            rows.map { DisplayText.width($0[index].text) }
                .reduce(DisplayText.width(columns[index].heading), max)
        }
        var excess = widths.reduce(0, +) + 2 * (widths.count - 1) - width
        for (index, column) in columns.enumerated() {
            guard excess > 0, let least = column.least else { continue }
            let cut = min(excess, max(0, widths[index] - least))
            widths[index] -= cut
            excess -= cut
        }
        return widths
    }

    private func line(_ cells: [Cell], _ widths: [Int], _ style: TextStyle) -> String {
        var line = ""
        var pending = 0
        for (index, cell) in cells.enumerated() {
            let text = DisplayText.shortened(cell.text, to: max(3, widths[index]))
            let missing = widths[index] - DisplayText.width(text)
            let left = columns[index].alignment == .right ? missing : 0
            pending += left
            // Spaces are written only before something, so that no line ends in them.
            if !text.isEmpty {
                line += String(repeating: " ", count: pending) + style(cell.part, text)
                pending = 0
            }
            pending += missing - left + 2
        }
        return line
    }
}
