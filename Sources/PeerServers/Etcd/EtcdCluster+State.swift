/// What a cluster holds, and when a member that was started again has it.
extension EtcdCluster {
    /// The bytes of a value that a cluster is filled with.
    private static let filling = 8000

    /// Puts so many mebibytes of values at keys of their own, many at a time, and waits until all of them are
    /// acknowledged: each is then in the log of a majority, and synced.
    ///
    /// - Returns: how many keys.
    /// - Throws: `unexpected` where a put fails.
    public func fill(mebibytes: Int) throws(PeerFailure) -> Int {
        precondition(mebibytes > 0, "nothing to fill with: \(mebibytes) MiB")
        let count = ((mebibytes << 20) + Self.filling - 1) / Self.filling
        let value = [UInt8](repeating: 0x62, count: Self.filling)
        let endpoint = endpoints[leader]
        _ = try GRPCCalls(try connection(to: leader)).all(count) { number in
            EtcdRequest.put("/state/\(number)", value).call(at: endpoint)
        }
        return count
    }

    /// Puts a value and waits until a majority has it.
    ///
    /// - Parameter member: who is asked; the leader where nobody is named.
    /// - Returns: the store's revision with it.
    @discardableResult
    public func put(
        _ key: String, _ value: [UInt8], at member: Int? = nil
    ) throws(PeerFailure) -> Int64 {
        let answer = try ask(member ?? leader, .put(key, value))
        guard let revision = EtcdAnswer.revision(answer, in: 0..<answer.count) else {
            throw .unexpected(server: "etcd", answer: "a put without a revision")
        }
        return revision
    }

    /// Waits until a member serves a read that a majority confirms, of a key that has this value: until it
    /// has all that the cluster has. Looks every 10 ms until it listens, and as soon as it answers then.
    ///
    /// - Throws: `died` or `silent` where it does not come to that, `brokenPromise` where it serves another
    ///   value.
    public func awaitRead(of key: String, _ value: [UInt8], by member: Int) throws(PeerFailure) {
        try servers[member].answering { () throws(PeerFailure) -> Void in
            let answer: [UInt8]
            do throws(PeerFailure) {
                answer = try ask(member, .get(key))
            } catch {
                // It may know of no leader yet, which it says by failing the call.
                guard case .unexpected(let server, let words) = error else { throw error }
                throw .disconnected(server: server, why: words)
            }
            guard EtcdAnswer.pairs(answer).map(\.value) == [value] else {
                throw .brokenPromise(
                    server: "etcd", what: "a read that is older than the last write")
            }
        }
    }

    /// The bytes of a member's database as of its last commit, which it makes every 100 ms, the free ones
    /// in it included.
    public func databaseSize(of member: Int) throws(PeerFailure) -> Int64 {
        EtcdStatus(try ask(member, .status)).databaseSize
    }
}
