import StateMachines

/// How long a node waits for the token as a rule, from the waits that it had; who waits longer than that
/// says again that it wants it.
///
/// Jacobson and Karels' estimate ("Congestion avoidance and control", SIGCOMM 1988) with the gains of RFC
/// 6298. A wait in which the node said it again is not counted, since it is not known which saying was
/// heard (Karn and Partridge, SIGCOMM 1987); until there is one that is, the longer interval is kept. One
/// thing differs: at least half of the mean is added to it, since in a simulated ring, or a quiet one,
/// all waits may be the same.
struct WaitEstimate: Hashable, Sendable {
    private var mean: Span?
    private var deviation = Span.zero
    private var lengthened: Span?

    /// Counts a wait that ended when the node had said once what it wants.
    mutating func observe(_ wait: Span) {
        lengthened = nil
        guard let mean else {
            (self.mean, deviation) = (wait, wait / 2)
            return
        }
        let difference = wait - mean
        let error = difference < .zero ? .zero - difference : difference
        deviation = deviation * 3 / 4 + error / 4
        self.mean = mean + difference / 8
    }

    /// Keeps a longer interval, which had to be waited for, until a wait is counted.
    mutating func lengthen(to interval: Span) { lengthened = interval }

    /// After how long to say again what is wanted, from `least` to `most`; `most` before any wait.
    func interval(least: Span, most: Span) -> Span {
        let usual = mean.map { $0 + max(deviation * 4, $0 / 2) }
        return min(max(lengthened ?? usual ?? most, least), most)
    }
}
