import Measurement
import Runs

extension HTMLReport {
    /// How it was measured, and how to measure it again.
    var methodSection: Section? {
        Section(
            identifier: "method", heading: "Method",
            parts: [
                HTMLReport.list(MethodFacts(manifest: content.manifest).lines),
                .element("p", text: "To measure it again:"), .newline,
                .element("pre", [("tabindex", "0")], [.lines(content.commandLine)]), .newline,
            ])
    }

    /// The machine.
    var machineSection: Section? {
        guard !content.machine.isEmpty else { return nil }
        var parts = [HTMLReport.list(content.machine)]
        if !content.machinePage.isEmpty {
            parts += [
                .element(
                    "details", [],
                    [
                        .element("summary", text: "Every fact with its source"),
                        .element("pre", [("tabindex", "0")], [.lines(content.machinePage)]),
                    ]), .newline,
            ]
        }
        return Section(identifier: "machine", heading: "Machine", parts: parts)
    }

    /// The files that the page was made from, which lie beside it.
    var fileSection: Section? {
        let files: [(String, String)] = [
            (RunFiles.manifest, "what was run, with which parameters and seed, and every fork"),
            (RunFiles.environment, "the machine and the doctor's findings"),
            (RunFiles.samples, "every raw sample, warm-up marked by negative iterations"),
            ("histograms/", "latency distributions, by fork and merged"),
            ("results.csv", "every figure"), ("verdicts.csv", "every verdict"),
            ("plots/", "pictures, their data and scripts"),
            (Checksums.file, "SHA-256 sums of all files: sha256sum -c \(Checksums.file)"),
        ]
        let items = files.map { file, what in
            Markup.element(
                "li", [], [.element("a", [("href", file)], text: file), .text(": \(what)")])
        }
        return Section(
            identifier: "files", heading: "Files", parts: [.element("ul", [], items), .newline])
    }
}
