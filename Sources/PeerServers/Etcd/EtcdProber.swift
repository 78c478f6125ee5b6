import Glibc
import Hardware

/// Clients that write to every member of a cluster without pause while something is done to it, and do not
/// wait for anybody: where a member has not answered for a moment they ask it again, beside what they
/// asked before, and where it has hung up they connect anew. So the first answer comes as soon as the cluster
/// serves, whichever member it is that does.
///
/// Every write has a key of its own, so that none hides another that is gone.
///
/// For one thread, which calls ``next(within:)`` over and over.
public final class EtcdProber {
    /// What a member said.
    public enum Saying: Hashable, Sendable {
        /// The write is done.
        case acknowledged
        /// The write is refused, or was given up.
        case refused
        /// How things stand.
        case status(EtcdStatus)
    }

    /// Something that a member said.
    public struct Answer: Sendable {
        /// Which member.
        public let member: Int
        /// When it was asked, and when the answer was heard.
        public let asked, heard: ContinuousClock.Instant
        /// What it said.
        public let saying: Saying
    }

    /// How long a client waits for an answer before it asks beside it.
    public static let pace = Duration.milliseconds(10)

    private let probes: [EtcdProbe]

    /// Clients of all members, which write values of this many bytes.
    ///
    /// - Precondition: 0 to 8192 bytes.
    public init(of cluster: EtcdCluster, payload: Int) {
        precondition((0...EtcdClient.longestValue).contains(payload), "a value of \(payload) bytes")
        let value = [UInt8](repeating: 0x61, count: payload)
        probes = cluster.endpoints.indices.map { EtcdProbe($0, of: cluster, value) }
    }

    /// How many writes were acknowledged.
    public var acknowledged: Int { probes.reduce(0) { $0 + $1.acknowledged.count } }

    /// Asks whoever is to be asked and gives what came meanwhile, after this long at most.
    ///
    /// - Throws: what no server that is merely gone or alone says.
    public func next(within limit: Duration) throws(PeerFailure) -> [Answer] {
        let now = ContinuousClock.now
        for probe in probes { try probe.tend(now) }
        var sources = probes.map {
            pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0)
        }
        // Whom to ask again is looked at at least as often as clients ask.
        let patience = min(limit, Self.pace) / .milliseconds(1)
        // SAFETY: the array has as many entries as are named and stays valid during the call.
        let ready = unsafe sources.withUnsafeMutableBufferPointer {
            unsafe poll($0.baseAddress, nfds_t($0.count), Int32(patience.rounded(.up)))
        }
        guard ready >= 0 || errno == EINTR else {
            throw .refused(operation: "wait for members of", path: "etcd", SystemError(errno))
        }
        var answers: [Answer] = []
        for (probe, source) in zip(probes, sources) where ready > 0 && source.revents != 0 {
            try probe.receive { answers.append($0) }
        }
        return answers
    }

    /// Asks until something is said that `isEnough`, and gives that.
    ///
    /// - Throws: `brokenPromise` where it is not in time.
    public func first(
        _ what: String, within limit: Duration = .seconds(60),
        where isEnough: (Answer) -> Bool
    ) throws(PeerFailure) -> Answer {
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            for answer in try next(within: Self.pace) where isEnough(answer) { return answer }
        }
        throw .brokenPromise(server: "etcd", what: "\(what) not within \(limit)")
    }

    /// Asks for a while, and gives all that was said.
    public func go(on duration: Duration) throws(PeerFailure) -> [Answer] {
        let end = ContinuousClock.now + duration
        var answers: [Answer] = []
        while true {
            let left = end - ContinuousClock.now
            guard left > .zero else { return answers }
            answers += try next(within: left)
        }
    }

    /// Reads all keys, as a majority confirms them, and checks that no write is gone that was
    /// acknowledged. The cluster has to serve.
    ///
    /// - Returns: how many were.
    /// - Throws: `brokenPromise` with one that is gone.
    public func checkNothingLost(in cluster: EtcdCluster) throws(PeerFailure) -> Int {
        for probe in probes {
            let there = try probe.written(in: cluster)
            let gone = probe.acknowledged.filter { !there.contains($0) }
            if let first = gone.first {
                throw .brokenPromise(
                    server: "etcd",
                    what: "\(gone.count) of \(probe.acknowledged.count) writes that member "
                        + "\(probe.member) acknowledged are gone, such as number \(first)")
            }
        }
        return acknowledged
    }
}

/// The client of one member.
private final class EtcdProbe {
    let member: Int
    /// The numbers of the writes that it acknowledged.
    private(set) var acknowledged: [Int] = []
    private let cluster: EtcdCluster
    private let value: [UInt8]
    private var calls: GRPCCalls?
    /// What was asked and not answered.
    private var open: [UInt32: (asked: ContinuousClock.Instant, write: Int?)] = [:]
    private var openWrites = 0
    private var isAskedForStatus = false
    /// When something was asked last, or a connection was tried.
    private var last, lastStatus: ContinuousClock.Instant?
    private var nextWrite = 0
    private let status: GRPCCall

    /// The most calls to a member that does not answer: two minutes of them.
    private static let mostOpen = 12_000

    init(_ member: Int, of cluster: EtcdCluster, _ value: [UInt8]) {
        (self.member, self.cluster, self.value) = (member, cluster, value)
        status = EtcdRequest.status.call(at: cluster.endpoints[member])
    }

    /// What to wait for; the kernel passes over negative descriptors.
    var descriptor: Int32 { calls?.connection.descriptor ?? -1 }

    private var prefix: String { "/probe/\(member)/" }

    /// Keys are as long as each other, so that they are in the numbers' order.
    private func key(_ number: Int) -> String {
        let digits = "\(number)"
        return prefix + String(repeating: "0", count: 12 - digits.count) + digits
    }

    /// Connects where there is no connection, and asks: for the next write when none is open and where there
    /// was no answer for a moment, and now and then how things stand.
    func tend(_ now: ContinuousClock.Instant) throws(PeerFailure) {
        let isLate = last.map { now - $0 >= EtcdProber.pace } ?? true
        guard isLate || (calls != nil && openWrites == 0) else { return }
        last = now
        do throws(PeerFailure) {
            let calls = try connected()
            guard open.count < Self.mostOpen else { return }
            try askForStatus(calls, now)
            let write = EtcdRequest.put(key(nextWrite), value)
                .call(at: cluster.endpoints[member])
            guard let stream = try calls.begin(write) else { return }
            open[stream] = (now, nextWrite)
            openWrites += 1
            nextWrite += 1
        } catch { try hangUp(after: error) }
    }

    private func connected() throws(PeerFailure) -> GRPCCalls {
        if let calls { return calls }
        let made = try GRPCCalls(try cluster.connection(to: member))
        calls = made
        return made
    }

    private func askForStatus(
        _ calls: GRPCCalls, _ now: ContinuousClock.Instant
    ) throws(PeerFailure) {
        if let lastStatus, now - lastStatus < EtcdProber.pace { return }
        guard !isAskedForStatus, let stream = try calls.begin(status) else { return }
        open[stream] = (now, nil)
        isAskedForStatus = true
        lastStatus = now
    }

    /// Takes what came.
    func receive(_ take: (EtcdProber.Answer) -> Void) throws(PeerFailure) {
        guard let calls else { return }
        do throws(PeerFailure) {
            try calls.receive { stream, answer in
                guard let (asked, write) = open.removeValue(forKey: stream),
                    let saying = saying(of: write, answer)
                else { return }
                take(.init(member: member, asked: asked, heard: .now, saying: saying))
            }
        } catch { try hangUp(after: error) }
    }

    /// What the end of a call says: of the write with this number, or of how things stand.
    private func saying(of write: Int?, _ answer: [UInt8]?) -> EtcdProber.Saying? {
        guard let write else {
            isAskedForStatus = false
            return answer.map { .status(EtcdStatus($0)) }
        }
        openWrites -= 1
        guard answer != nil else { return .refused }
        acknowledged.append(write)
        return .acknowledged
    }

    /// What was asked and not answered may have been done, or not.
    private func hangUp(after failure: PeerFailure) throws(PeerFailure) {
        guard case .disconnected = failure else { throw failure }
        calls = nil
        open = [:]
        openWrites = 0
        isAskedForStatus = false
    }

    /// The numbers of all writes that are there.
    func written(in cluster: EtcdCluster) throws(PeerFailure) -> Set<Int> {
        var found: Set<Int> = []
        // What comes after all keys that begin so: its last character is the next one.
        var (first, end) = (Array(prefix.utf8), Array(prefix.utf8))
        end[end.count - 1] += 1
        let page = 5000
        while true {
            let pairs = EtcdAnswer.pairs(
                try cluster.ask(cluster.leader, .keys(from: first, before: end, limit: page)))
            for (key, _) in pairs {
                let digits = String(decoding: key.dropFirst(prefix.utf8.count), as: UTF8.self)
                guard let number = Int(digits) else {
                    throw .unexpected(server: "etcd", answer: "a key that nobody wrote")
                }
                found.insert(number)
            }
            guard pairs.count == page, let last = pairs.last else { return found }
            first = last.key + [0]
        }
    }
}
