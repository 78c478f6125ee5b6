/// Where a worker's state lies: memory that its own thread allocates and touches first, so that it
/// lies on the thread's NUMA node.
@safe @frozen @usableFromInline
struct StateSlot<State: ~Copyable>: ~Copyable {
    @usableFromInline let address: UnsafeMutablePointer<State>
    @usableFromInline var isFull = false

    @inlinable
    init() {
        unsafe address = .allocate(capacity: 1)
    }

    // Inlinable, as what destroys it is: the optimiser of Swift 6.3 ends with a failed assertion
    // where it meets one that is not.
    @inlinable
    deinit {
        // Sound: full only between `fill` and `take`.
        if isFull { unsafe address.deinitialize(count: 1) }
        unsafe address.deallocate()
    }

    @inlinable
    mutating func fill(_ state: consuming State) {
        precondition(!isFull, "a state is made while there is one")
        unsafe address.initialize(to: state)
        isFull = true
    }

    @inlinable
    mutating func take() -> State {
        precondition(isFull, "a state is taken where there is none")
        isFull = false
        return unsafe address.move()
    }
}
