/// The mistake that a part of a protocol makes on purpose, so that tests see whether their checkers notice.
///
/// Builds without `PLANTED_DEFECTS` have no room for one and know at compile time that there is none:
/// `has` is false there, and what depends on it is not in the program.
public struct Planted<Mistake: Hashable & Sendable>: Hashable, Sendable {
    #if PLANTED_DEFECTS
        @usableFromInline let mistake: Mistake?
    #endif

    /// No mistake.
    @inlinable
    public init() {
        #if PLANTED_DEFECTS
            mistake = nil
        #endif
    }

    /// This mistake, or none.
    ///
    /// - Precondition: nil in builds without `PLANTED_DEFECTS`.
    @inlinable
    public init(_ mistake: Mistake?) {
        #if PLANTED_DEFECTS
            self.mistake = mistake
        #else
            precondition(mistake == nil, "this build can plant no mistakes")
        #endif
    }

    /// Whether it is this mistake.
    @inlinable
    public func has(_ mistake: Mistake) -> Bool {
        #if PLANTED_DEFECTS
            self.mistake == mistake
        #else
            false
        #endif
    }
}
