import Foundation
import Testing

@testable import Reporting

@Suite struct InlineDrawingTests {
    private static func svg(_ inside: String) -> String {
        "<?xml version=\"1.0\"?>\n<svg width=\"9\" viewBox=\"0 0 9 9\">\n<title>x</title>\n"
            + "\(inside)</svg>\n"
    }

    private func text(_ inside: String) -> String? {
        InlineDrawing(Self.svg(inside), prefix: "p", label: "a \"label\"")?.markup.text
    }

    @Test func `shapes and text stay, titles and empty groups go`() {
        #expect(
            text("<g id=\"a\"><title>t</title>\n</g><g><text>1 &lt; 2</text>\n</g>")
                == "<svg viewBox=\"0 0 9 9\" role=\"img\" aria-label=\"a &quot;label&quot;\">"
                + "<g><text>1 &lt; 2</text></g></svg>")
    }

    @Test func `symbols that are used get a name of the drawing's own`() {
        let found = text(
            "<defs><path id='gpA' d='M-1.265,0.411 h2'/><use xlink:href='#gpA' id='gpB'/>"
                + "<path id='gpC' d='M0,0'/></defs><use xlink:href='#gpB' color='red'/>")
        #expect(
            found?.hasSuffix(
                "<defs><path id=\"p-gpA\" d=\"M-1.265,0.411 h2\"/>"
                    + "<use href=\"#p-gpA\" id=\"p-gpB\"/></defs>"
                    + "<use href=\"#p-gpB\" color=\"red\"/></svg>") == true)
    }

    @Test(arguments: [
        ("M84.00,302.21 L713.19,302.21  ", "M84,302.2 L713.1,302.2"),
        ("translate(70.05,306.10) rotate(-90.00)", "translate(70,306.1) rotate(-90)"),
        ("M-0.04,100 L20,3000", "M-0,100 L20,3000"), ("1.5", "1.5"), ("10.0", "10"),
    ])
    func `coordinates are as short as a screen can show`(long: String, short: String) {
        #expect(InlineDrawing.shortened(long) == short)
    }

    @Test(arguments: [
        "<script>x</script>", "<foreignObject/>", "<image href='#a'/>", "<a href='#a'/>",
        "<path onclick='x'/>", "<path ONLOAD='x'/>", "<path style='x'/>",
        "<use xlink:href='http://example.org/#a'/>", "<use href='data:x'/>",
        "<path fill='url(http://example.org)'/>", "<g>", "</g>", "<path d=1/>", "<text>a</g>",
        "<path d='M0", "<!-- open",
    ])
    func `what is more than shapes and text is refused`(inside: String) {
        #expect(text(inside) == nil)
    }

    @Test(arguments: ["", "text", "<p></p>", "<svg></svg>", "<svg viewBox='0 0 9 x'></svg>"])
    func `what is no drawing is refused`(file: String) {
        #expect(InlineDrawing(file, prefix: "p", label: "") == nil)
    }

    @Test func `every picture of gnuplot's is taken into a page, smaller than it was`() throws {
        let directory = "\(NSTemporaryDirectory())/drawings-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let run = HTMLReportTests.everything()
        let set = PlotSet(
            manifest: run.manifest, machine: SampleRun.machine[0], figures: run.figures,
            samples: run.samples, distributions: run.distributions, verdicts: run.verdicts)
        try set.write(to: directory)
        try set.draw(in: directory, with: Gnuplot())
        for plot in set.plots {
            let name = plot.picture.name
            let file = try String(contentsOfFile: "\(directory)/\(name).svg", encoding: .utf8)
            let drawing = try #require(InlineDrawing(file, prefix: name, label: name))
            #expect(drawing.markup.text.utf8.count < file.utf8.count * 4 / 5)
            #expect(MarkupBalance.problem(in: drawing.markup.text) == nil)
        }
    }
}
