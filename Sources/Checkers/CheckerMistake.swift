/// Mistakes that the checker for linearizability can be told to make, so that its tests show that they
/// would be noticed.
enum CheckerMistake: String, CaseIterable, Sendable {
    /// A time-out is taken for a failure: what was not answered has had no effect.
    case unansweredNeverHappened
    /// All keys are one object.
    case keysShareOneObject
    /// Everything overlaps with everything.
    case realTimeIgnored
    /// What clients read is not looked at: writes alone always have an order.
    case readsNotLookedAt
    /// Configurations are the same if their operations are, whatever state these left.
    case stateNotRemembered
    /// Configurations are the same if their states are, whatever has been done.
    case operationsNotRemembered
    /// Of operations of a kind the one that was answered last goes first.
    case lastOfItsKindFirst
    /// An unanswered operation may stand only before what it makes possible, not before what it makes
    /// turn out otherwise.
    case needJudgedByRefusal
    /// A silent operation is done as soon as it can be, though not all that precedes it has been.
    case silentBeforeItsTime
    /// What overwrites is done as soon as it can be, though the present state is still needed.
    case overwrittenBeforeItsReads
    /// No value is thought to be written a second time.
    case everyValueWrittenOnce
    /// The orders of keys are put one behind the other.
    case keysOneAfterTheOther
}
