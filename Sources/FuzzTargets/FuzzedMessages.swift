import ShenRing
import StateMachines

/// The wire forms of what machines say and store. The first byte of an input says which the rest is to be.
///
/// What was read is written, read and written again: as the same bytes both times.
enum FuzzedMessages: FuzzedReader {
    private static let forms: [any WireCodable.Type] = [
        QuorumMessage.self, QuorumRecord.self, ChainMessage.self, ChainRecord.self,
        Cartouche.Message.self, Cartouche.Record.self, SundialMessage.self, SundialRecord.self,
        CoordinatorMessage.self, ClientRequest.self, ClientAnswer.self, KeyedState.self,
    ]

    static func read(_ input: [UInt8]) {
        guard let first = input.first, Int(first) < forms.count else { return }
        forms[Int(first)].check(Array(input.dropFirst()))
    }

    static func takes(_ input: [UInt8]) -> Bool {
        guard let first = input.first, Int(first) < forms.count else { return false }
        return (try? forms[Int(first)].init(wire: Array(input.dropFirst()).span)) != nil
    }

    static func seeds() -> [[UInt8]] {
        let cluster = ClusterID(1)
        let write = ClientRequest(
            id: RequestID(client: NodeID(9), number: 1), oldest: 1, key: 2,
            operation: .write([3, 4]))
        let messages: [any WireCodable] = [
            write, ClientAnswer(write.id, .written(at: 5)), KeyedState(),
            ChainMessage(.request(write), cluster: cluster),
            ChainMessage(.imageReceived(epoch: 1, applied: 2, count: 3), cluster: cluster),
            QuorumMessage(cluster: cluster, .request(write)),
        ]
        return messages.compactMap { message in
            forms.firstIndex { $0 == type(of: message) }.map { [UInt8($0)] + message.wireBytes }
        }
    }
}

extension WireCodable {
    fileprivate static func check(_ bytes: [UInt8]) {
        guard let read = try? Self(wire: bytes.span) else { return }
        let written = read.wireBytes
        guard let again = try? Self(wire: written.span) else {
            fatalError("\(Self.self): what was written is refused: \(written)")
        }
        hold(
            again.wireBytes == written, "\(Self.self): \(written) became \(again.wireBytes)")
    }
}
