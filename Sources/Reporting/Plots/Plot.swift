/// A picture before it is drawn: the script and the data that gnuplot makes it from.
public struct Plot: Sendable {
    /// The picture's name, title and workload.
    public let picture: Picture
    /// What kind it is of.
    public let kind: PlotKind
    /// The text of `NAME.dat`.
    public let data: String

    init(name: String, title: String, workload: String?, _ kind: PlotKind, _ data: PlotData) {
        let title = title.replacing("\u{A0}", with: " ")
        self.init(
            Picture(name: name, title: title, workload: workload), kind, data: data.text)
    }

    private init(_ picture: Picture, _ kind: PlotKind, data: String) {
        precondition(
            picture.name.utf8.allSatisfy(Plot.isPlain), "'\(picture.name)' is not a plain name")
        self.picture = picture
        self.kind = kind
        self.data = data
    }

    /// The text of `NAME.gp`, which needs nothing beside it but the data: the name of the data
    /// file, then the style and the template as they are in `plots/`.
    public var script: String {
        """
        # Draws \(picture.name).svg and \(picture.name).png from \(picture.name).dat:
        #   gnuplot \(picture.name).gp
        data = '\(picture.name).dat'
        id = '\(picture.name.replacing("-", with: "_"))'

        \(PlotKind.style)
        \(kind.template)
        """
    }

    /// The same plot under another name.
    func renamed(_ name: String) -> Plot {
        Plot(
            Picture(name: name, title: picture.title, workload: picture.workload), kind,
            data: data)
    }

    /// A name for files and in a script: words of `text`'s letters and digits, joined by `-`.
    static func plainName(_ text: String) -> String {
        let words = text.lowercased().utf8.split(omittingEmptySubsequences: true) { byte in
            !isPlain(byte) || byte == UInt8(ascii: "-")
        }
        let name = words.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "-")
        return name.isEmpty ? "unnamed" : name
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
