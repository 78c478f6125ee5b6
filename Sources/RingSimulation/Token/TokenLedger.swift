import Checkers
import ShenRing
import StateMachines

/// What happened with the rights of a token ring, and what of it should not have.
struct TokenLedger {
    /// A right that has not ended.
    struct Right {
        let node: NodeID
        let grant: Cartouche.Grant
        let fence: UInt64
    }

    private(set) var open: [Right] = []
    /// How long each grant was waited for, and who got it, in the order of the grants.
    var waits: [Span] = []
    var grantees: [NodeID] = []
    /// When each right was granted, in that order.
    private(set) var grantMoments: [Moment] = []
    /// When a token was minted, and in which epoch.
    private(set) var mints: [(epoch: Cartouche.Epoch, moment: Moment)] = []
    /// Rights that began while another had not ended.
    private(set) var overlaps = 0
    /// The most rights that had not ended at one moment.
    private(set) var mostOpen = 0
    /// Writes that were taken after one with a higher number, or with a number that another node wrote with.
    private(set) var disorders = 0
    /// Writes that the resource refused.
    private(set) var refused = 0
    /// Of those, the ones whose right was valid when they arrived, as far as its holder could know.
    private(set) var refusedInTime = 0
    private(set) var accepted = 0
    /// Tokens minted in an epoch that had one.
    private(set) var epochsTwice = 0
    /// When the last right was granted.
    private(set) var lastGrant: Moment?
    private(set) var violations: [String] = []

    private var checker: ExclusionChecker
    private var highest: (number: FencingNumber, right: Int)?
    private var rights = 0
    /// By number of right: whether it has not ended.
    private var isOpen: [Bool] = []
    private var numbers: [NodeID: (grant: Cartouche.Grant, right: Int)] = [:]

    init(promises: ExclusionChecker.Promises) { checker = ExclusionChecker(promises: promises) }

    /// All that was found wrong, a line each.
    var findings: [String] { violations + checker.findings.lines }

    mutating func violate(_ text: String) {
        if violations.count < 20 { violations.append(text) }
    }

    // MARK: Rights

    mutating func granted(
        _ grant: Cartouche.Grant, to node: NodeID, clock: Moment?, at now: Moment
    ) {
        guard let fence = grant.number.packed else {
            return violate("\(node) was granted \(grant.number), which is too large to be true")
        }
        if let clock, grant.until <= clock { violate("\(node) was granted a right that was over") }
        lastGrant = now
        grantMoments.append(now)
        if !open.isEmpty { overlaps += 1 }
        open.append(Right(node: node, grant: grant, fence: fence))
        mostOpen = max(mostOpen, open.count)
        numbers[node] = (grant, isOpen.count)
        isOpen.append(true)
        checker.began(node, fence: fence, at: now)
    }

    /// The number of a right that a node was granted last.
    func number(of grant: Cartouche.Grant, of node: NodeID) -> Int {
        guard let (last, number) = numbers[node], last == grant else { return -1 }
        return number
    }

    mutating func ended(
        _ grant: Cartouche.Grant, of node: NodeID, clock: Moment?, at now: Moment
    ) {
        close(grant, of: node, at: now)
    }

    mutating func released(_ grant: Cartouche.Grant, of node: NodeID, at now: Moment) {
        close(grant, of: node, at: now)
    }

    mutating func closed(_ right: Right, at now: Moment) {
        close(right.grant, of: right.node, at: now)
    }

    mutating func stopped(_ node: NodeID, at now: Moment) {
        checker.stopped(node, at: now)
        for right in open where right.node == node { setClosed(right.grant, of: node) }
        open.removeAll { $0.node == node }
    }

    private mutating func close(_ grant: Cartouche.Grant, of node: NodeID, at now: Moment) {
        guard let place = open.firstIndex(where: { $0.node == node && $0.grant == grant }) else {
            return
        }
        checker.ended(node, fence: open[place].fence, at: now)
        open.remove(at: place)
        setClosed(grant, of: node)
    }

    private mutating func setClosed(_ grant: Cartouche.Grant, of node: NodeID) {
        let number = number(of: grant, of: node)
        if number >= 0 { isOpen[number] = false }
    }

    // MARK: Epochs and writes

    mutating func minted(_ epoch: Cartouche.Epoch, by node: NodeID, at now: Moment) {
        if mints.contains(where: { $0.epoch == epoch }) {
            epochsTwice += 1
            violate("\(node) minted a token of \(epoch), which had one")
        }
        mints.append((epoch, now))
    }

    mutating func wrote(
        under number: FencingNumber, from node: NodeID, right: Int,
        _ answer: FencedResource.Answer, at now: Moment
    ) {
        guard case .accepted = answer else {
            refused += 1
            if right >= 0, isOpen[right] { refusedInTime += 1 }
            return
        }
        accepted += 1
        if let highest,
            number < highest.number || (number == highest.number && right != highest.right)
        {
            disorders += 1
        }
        if number >= highest?.number ?? number { highest = (number, right) }
        if let fence = number.packed { checker.accepted(fence: fence, from: node, at: now) }
    }
}
