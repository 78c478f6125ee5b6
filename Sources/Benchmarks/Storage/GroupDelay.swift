import Measurement
import Quantities

/// The parameter of benchmarks whose callers share syncs: how long a group is held back for company.
enum GroupDelay {
    private static let asLongAsASync = "sync"

    static let parameter = ParameterSpecification(
        "max-delay",
        "how long the engine holds a group back at most for callers that were there a moment ago; "
            + "\(asLongAsASync): as long as a sync takes; 0 us: not at all",
        .durationOrWord(.zero ... .seconds(1), asLongAsASync), default: asLongAsASync)

    /// Its value as the engine takes it.
    static func value(in context: ForkContext) -> Nanoseconds? {
        context.durationUnlessWord(parameter.name)
    }
}
