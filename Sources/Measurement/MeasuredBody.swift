import CNilometerShims

/// Work that the timing loop can repeat: `iterations` operations, run as one call.
///
/// The loop over the operations belongs to the body, so that it is compiled together with the
/// operation; the timing loop reads the clock around it.
public protocol MeasuredBody: AnyObject {
    /// Performs `iterations` operations.
    func run(iterations: Int) throws
}

/// One operation on its own, for bodies that need nothing but repetition.
public protocol Operation {
    /// Performs the operation for the `index`-th time of this window; the result goes to an
    /// opaque sink.
    mutating func perform(_ index: Int) -> UInt64
}

/// The plain loop over an operation, specialised for it.
public final class RepeatedOperation<Repeated: Operation>: MeasuredBody {
    @usableFromInline var operation: Repeated

    /// A body that repeats `operation`.
    @inlinable
    public init(_ operation: Repeated) { self.operation = operation }

    /// Performs the operation `iterations` times.
    @inlinable
    public func run(iterations: Int) {
        // The operation is moved into a local so that its state can live in registers.
        var local = operation
        for index in 0..<iterations {
            nilometer_consume(local.perform(index))
        }
        operation = local
    }
}

/// The operation that does nothing: what it costs is what the loop costs.
public struct EmptyOperation: Operation {
    /// The operation without state.
    public init() {}

    /// Returns its argument.
    @inlinable
    public func perform(_ index: Int) -> UInt64 { UInt64(truncatingIfNeeded: index) }
}
