extension SoleConsumer where Element: ~Copyable {
    /// Whether the next element can be taken at once. False as well while it is just being sent:
    /// only `tryReceive` says that there is none.
    ///
    /// A load of the element's slot and nothing else: it takes no line from who sends, as the polls
    /// of `receive` do so that a single message arrives soonest. Who is in no hurry looks by this
    /// one, seldom, and leaves the lines to the sender.
    @inlinable
    public var hasNext: Bool {
        @inline(__always) get { hasElement }
    }
}
