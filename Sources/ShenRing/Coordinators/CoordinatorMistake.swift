/// Mistakes that services which give out identifiers have been known to make, planted on request in
/// builds with `PLANTED_DEFECTS`. In other builds nobody can ask for one.
public enum CoordinatorMistake: String, CaseIterable, Sendable {
    /// Identifiers are given out before what they were reserved by is durable.
    case givenOutBeforeDurable
    /// After a crash the window that was reserved last is used again from its beginning.
    case windowReusedAtRestart
    /// Nothing about time is durable: a restarted coordinator trusts its clock (trap of PH-CRASH-DUP: a
    /// Snowflake in memory).
    case clockTrustedAfterCrash
    /// When the wall clock is set back, so are the identifiers.
    case clockFollowedBack
    /// When a millisecond's numbers are used up, they begin again (trap of PH-UNIQUE).
    case sequenceWraps
    /// Of a run of identifiers only the first is counted as given out.
    case runsOverlap
    /// Two coordinators have one machine number: there were more of them than numbers.
    case machineShared
    /// A coordinator that serves in place of another uses the other's machine number.
    case prefixOfTheOther
    /// What was answered last to a client is the answer to whatever it asks next.
    case answerByClientAlone
    /// A client takes any answer for that to the oldest request that it waits for.
    case answerTakenForAnother
    /// A client counts every answer to a request that it made twice.
    case everyAnswerCounted
}
