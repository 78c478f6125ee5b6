import Foundation
import Measurement
import Runs
import Synchronization

extension HTMLReport {
    /// The pictures that a page has room for: the first of each workload, then the second of each,
    /// and so on, as far as `room` bytes go.
    static func fitting(
        _ pictures: [Picture], _ drawings: [String: String], _ room: Int
    ) -> [String: Markup] {
        var turns: [[Picture]] = []
        var next: [String?: Int] = [:]
        for picture in pictures {
            let turn = next[picture.workload, default: 0]
            next[picture.workload] = turn + 1
            if turns.count == turn { turns.append([]) }
            turns[turn].append(picture)
        }
        let ordered = Array(turns.joined())
        var left = room
        var fitting: [String: Markup] = [:]
        for (picture, drawing) in zip(ordered, inline(ordered, drawings)) {
            guard let drawing, drawing.text.utf8.count <= left else { continue }
            left -= drawing.text.utf8.count
            fitting[picture.name] = drawing
        }
        return fitting
    }

    /// Each picture as part of a page, as many taken apart at a time as there are processors; `nil` for
    /// those that can only be linked to.
    private static func inline(
        _ pictures: [Picture], _ drawings: [String: String]
    ) -> [Markup?] {
        let found = Mutex([Markup?](repeating: nil, count: pictures.count))
        DispatchQueue.concurrentPerform(iterations: pictures.count) { index in
            let picture = pictures[index]
            guard let file = drawings[picture.name] else { return }
            let drawing = InlineDrawing(file, prefix: picture.name, label: picture.title)
            found.withLock { $0[index] = drawing?.markup }
        }
        return found.withLock { $0 }
    }

    /// The rows of `results.csv` that a page has room for, workload by workload, without the
    /// columns that are the same in all of them.
    static func fitting(
        _ figures: [Figure], _ manifest: Manifest, _ room: Int
    ) -> [String: Markup] {
        var left = room
        var rows: [String: Markup] = [:]
        let byWorkload = Dictionary(grouping: figures, by: \.workload)
        for workload in RunOrder(manifest).workloads(figures.map(\.workload)) {
            let lines = (byWorkload[workload] ?? []).map { CSV.line(Array($0.fields.dropFirst(2))) }
            let text = Markup.lines(
                CSV.line(Array(Figure.header.dropFirst(2))) + lines.joined())
            guard text.text.utf8.count <= left else { continue }
            left -= text.text.utf8.count
            rows[workload] = text
        }
        return rows
    }
}
