/// A data file for the templates: blocks of columns divided by tabs, the first of them with what
/// is written around the picture. `plots/README.md` describes the blocks of each kind.
struct PlotData {
    /// A cell.
    enum Cell {
        /// A number; `nil` is drawn as nothing.
        case number(Double?)
        /// Text, drawn as it is.
        case text(String)
    }

    /// Rows of one shape.
    struct Block {
        let name: String
        let columns: [String]
        var rows: [[Cell]] = []
    }

    private(set) var blocks: [Block]

    /// A file with `about` as its first block.
    init(about: [(String, Cell)]) {
        blocks = [
            Block(
                name: "about", columns: ["key", "value"],
                rows: about.map { [.text($0.0), $0.1] })
        ]
    }

    mutating func append(_ block: Block) {
        for row in block.rows {
            precondition(
                row.count == block.columns.count,
                "\(row.count) cells for \(block.columns.count) columns of '\(block.name)'")
        }
        blocks.append(block)
    }

    /// The text of the file.
    var text: String {
        blocks.map { block in
            "# \(PlotData.comment(block.name)): \(block.columns.joined(separator: ", "))\n"
                + block.rows.map { $0.map(PlotData.text).joined(separator: "\t") + "\n" }.joined()
        }.joined(separator: "\n\n")
    }

    private static func comment(_ text: String) -> String { DisplayText.clean(text) }

    private static func text(_ cell: Cell) -> String {
        switch cell {
        case .number(let value): value.map { "\($0)" } ?? "NaN"
        case .text(let text): escaped(text)
        }
    }

    /// `text` so that gnuplot reads back the same: it takes `\` for the start of an escape and `"`
    /// for the end of a string even in the middle of a cell. Line breaks are kept; tabs and other
    /// control characters are not.
    static func escaped(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { DisplayText.clean(String($0)) }
            .joined(separator: "\n")
            .replacing("\\", with: "\\\\")
            .replacing("\"", with: "\\042")
            .replacing("\n", with: "\\n")
    }
}
