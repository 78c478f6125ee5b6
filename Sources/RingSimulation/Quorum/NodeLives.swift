import ShenRing
import StateMachines
import Synchronization

/// Counts the lives of a simulation's nodes, for what must not be used twice: incarnations of disks
/// and clients' numbers; and notes the lives that could not begin. Asked by one simulation, in the
/// order of its steps.
final class NodeLives: Sendable {
    private let lives: Mutex<[Int]>
    private let notes = Mutex<[String]>([])

    init(nodes: Int) { lives = Mutex(Array(repeating: 0, count: nodes)) }

    /// Why lives could not begin with the disks that they had.
    var failures: [String] { notes.withLock { $0 } }

    func note(_ failure: String) { notes.withLock { $0.append(failure) } }

    /// Which life of a node begins now, from 1.
    func next(of node: NodeID) -> Int {
        lives.withLock { lives in
            lives[node.place] += 1
            return lives[node.place]
        }
    }
}
