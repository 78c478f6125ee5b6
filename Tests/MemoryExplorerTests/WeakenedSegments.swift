import Channels
import MemoryExplorer

/// Never passes a fence of its own.
enum WithoutFence: Weakened {
    static func fenceSequentiallyConsistent() {}
}
