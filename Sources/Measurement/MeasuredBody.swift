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

/// A body that is a closure: the way to a loop that is compiled for what it measures.
///
/// The methods of a generic class are compiled once for all its types and call back through
/// tables; a closure made by a generic function is compiled with the function for the type at
/// hand. So loops over a generic contender are closures, and the class around them is not generic.
public final class LoopBody: MeasuredBody {
    private let loop: (Int) throws -> Void

    /// A body that calls `loop` with the number of operations.
    public init(_ loop: @escaping (Int) throws -> Void) { self.loop = loop }

    /// Performs `iterations` operations.
    public func run(iterations: Int) throws { try loop(iterations) }

    /// A body that repeats `operation`, each window from the same initial state.
    @inlinable
    public static func repeating<Repeated: Operation>(_ operation: Repeated) -> LoopBody {
        LoopBody { iterations in
            // Moved into a local so that its state can live in registers.
            var local = operation
            for index in 0..<iterations {
                nilometer_consume(local.perform(index))
            }
        }
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
