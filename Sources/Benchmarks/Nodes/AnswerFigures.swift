import StateMachines

/// Figures of operations by when they were answered.
enum AnswerFigures {
    /// Answers a second in one window of this length after the other, as many as fit.
    static func rates(
        of answers: some Sequence<Moment>, from begin: Moment, to end: Moment, in window: Span
    ) -> [Double] {
        let count = Int((end - begin).nanoseconds / window.nanoseconds)
        var counts = [Int](repeating: 0, count: count)
        for answer in answers {
            let place = Int((answer - begin).nanoseconds / window.nanoseconds)
            if counts.indices.contains(place) { counts[place] += 1 }
        }
        return counts.map { Double($0) / window.inSeconds }
    }

    /// No more than `most` of the waits, evenly spread.
    static func spread(_ waits: [Double], atMost most: Int) -> [Double] {
        let step = max(1, (waits.count + most - 1) / most)
        return stride(from: 0, to: waits.count, by: step).map { waits[$0] }
    }
}
