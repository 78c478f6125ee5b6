extension ChainNode {
    /// How many messages a node ignored, and why. None of them changed anything.
    public struct Ignored: Hashable, Sendable {
        /// Of other clusters.
        public internal(set) var foreign = 0
        /// Of versions that it does not speak.
        public internal(set) var versions = 0
        /// From nodes that do not belong there: not a neighbour, not a warden, not a replica.
        public internal(set) var unknown = 0
        /// Of epochs, ballots or rounds that are over for it.
        public internal(set) var old = 0
        /// Of epochs that it has not come to, or in which it must not act.
        public internal(set) var future = 0
        /// For a part that it does not play.
        public internal(set) var misdirected = 0
        /// That contradict what it knows, or are not well formed.
        public internal(set) var malformed = 0

        /// All of them.
        public var total: Int {
            foreign + versions + unknown + old + future + misdirected + malformed
        }
    }
}
