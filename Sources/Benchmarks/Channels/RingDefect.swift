import Measurement

/// A channel that delivered something else than what was sent.
struct RingDefect: Error, CustomStringConvertible {
    /// Whose channel it is.
    let contender: String

    var description: String {
        "\(contender) delivered something else than what was sent, or in another order; "
            + "its figures are left out"
    }
}

/// A body that looks at all that it receives. Asked when its windows are over.
protocol CheckedBody: AnyObject {
    /// The contender.
    var name: String { get }
    /// Whether a window delivered something else than what was sent, or in another order than was
    /// promised.
    var hasDefect: Bool { get }
}

extension RingDefect {
    /// Which contenders' figures stand, of those whose windows `bodies` are: each body of a contender
    /// must be sound. The others are noted, and what was measured beside them stands.
    ///
    /// - Throws: the defect, when it is the engine's own: then there is something to mend, and nothing to
    ///   compare with.
    static func sound(
        _ bodies: [any CheckedBody], into recorder: inout Recorder
    ) throws -> (String) -> Bool {
        let defective = Set(bodies.filter(\.hasDefect).map(\.name))
        for body in bodies where body.hasDefect {
            let defect = RingDefect(contender: body.name)
            if [OwnRing.bounded, OwnRing.unbounded].contains(body.name) { throw defect }
            recorder.note("\(defect)")
        }
        return { !defective.contains($0) }
    }
}
