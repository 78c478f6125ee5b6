#if WATCHED_BY_THREAD_SANITIZER
    @testable import SharedNothing

    /// What the tests guard is to be seen as well.
    typealias Mutex = SharedNothing.Mutex
#endif
