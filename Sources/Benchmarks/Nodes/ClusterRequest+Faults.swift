import Cluster
import StateMachines

/// What is done to servers.
extension ClusterRequest {
    /// The faults that are asked for.
    ///
    /// - Throws: what is wrong, where, and what was expected, in a line.
    func faults(within span: Span, of nodes: Int) throws(NodeRefusal) -> [StoreFault] {
        var faults: [StoreFault] = []
        for text in kills { faults.append(try fault(.kill, text, within: span, of: nodes)) }
        for text in freezes { faults.append(try fault(.freeze, text, within: span, of: nodes)) }
        for text in cuts { faults.append(try fault(.cut, text, within: span, of: nodes)) }
        for text in resets { faults.append(try fault(.reset, text, within: span, of: nodes)) }
        let gone = faults.count { $0.kind == .kill && $0.lasting == nil }
        guard gone <= (nodes - 1) / 2 else {
            throw NodeRefusal(
                "--kill: \(gone) of \(nodes) servers for good, expected fewer than half, without "
                    + "whom the others go on, or a time after which they come back")
        }
        return faults
    }

    /// Who may be meant by a protocol.
    private func roles(of nodes: Int) -> [ServerRole] {
        replication == Replication.chain.rawValue
            ? (nodes > 2 ? [.head, .middle, .tail] : [.head, .tail].prefix(nodes).map { $0 })
            : (nodes > 1 ? [.leader, .follower] : [.leader])
    }

    /// The fault that `ROLE[@TIME][+TIME]` says, and of a cut `:in` or `:out`: after a third of the span
    /// where it does not say; for a third of it, or for good in the case of a kill. A reset takes no time.
    private func fault(
        _ kind: StoreFault.Kind, _ text: String, within span: Span, of nodes: Int
    ) throws(NodeRefusal) -> StoreFault {
        let option = "--\(kind.rawValue)"
        var rest = Substring(text)
        let way = Self.cutOff(":", of: &rest)
        let lasting = try Self.cutOff("+", of: &rest).map { text throws(NodeRefusal) in
            try NodeRefusal.span(text, option, from: .milliseconds(1), to: span)
        }
        let start = try Self.cutOff("@", of: &rest).map { text throws(NodeRefusal) in
            try NodeRefusal.span(text, option, from: .zero, to: span)
        }
        let roles = roles(of: nodes)
        guard let role = ServerRole(rawValue: String(rest)), roles.contains(role) else {
            let names = roles.map(\.rawValue).joined(separator: ", ")
            throw NodeRefusal("\(option): '\(rest)', expected one of \(names)")
        }
        guard lasting == nil || kind != .reset else {
            throw NodeRefusal("\(option): '\(text)', expected ROLE[@TIME]: it takes no time")
        }
        let isLasting = kind == .freeze || kind == .cut
        var fault = StoreFault(
            kind: kind, role: role, start: start ?? span / 3,
            lasting: lasting ?? (isLasting ? span / 3 : nil))
        if let way {
            guard kind == .cut, let direction = StoreFault.Direction(rawValue: way) else {
                throw NodeRefusal(
                    "\(option): '\(text)', expected ROLE[@TIME][+TIME]"
                        + (kind == .cut ? ", and :in or :out behind it" : ""))
            }
            fault.direction = direction
        }
        return fault
    }

    /// Takes off what stands behind the first of a sign, with the sign; nil where there is none.
    private static func cutOff(_ sign: Character, of text: inout Substring) -> String? {
        guard let place = text.firstIndex(of: sign) else { return nil }
        defer { text = text[..<place] }
        return String(text[place...].dropFirst())
    }
}
