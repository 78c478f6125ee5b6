import Cluster
import Glibc
import Network
import Randomness
import ShenRing
import StateMachines

// A server of a replicated store for the tests that kill and freeze processes.
//
//     NodeProbe PROTOCOL DURABILITY SERVERS ID LIFE DIRECTORY
//
// It says where it listens, hears from its standard input where the others do (`ID ADDRESS`, a line
// each), and ends in order when that ends: so it outlives no test.

/// Writes a line, at once.
func say(_ line: String, to descriptor: Int32) {
    let bytes = Array((line + "\n").utf8)
    // SAFETY: the bytes are valid for the call. Whoever does not read them has ended.
    _ = unsafe write(descriptor, bytes, bytes.count)
}

/// Ends the process with a line that says why.
func refuse(_ why: String) -> Never {
    say("NodeProbe: \(why)", to: 2)
    exit(2)
}

func makePlan(_ words: [String]) -> StoreServerPlan {
    guard words.count == 7, let replication = Replication(rawValue: words[1]),
        let durability = JournalDurability(rawValue: words[2]), let count = UInt32(words[3]),
        let number = UInt32(words[4]), let life = UInt64(words[5]), number < count
    else { refuse("expected PROTOCOL DURABILITY SERVERS ID LIFE DIRECTORY; found \(words)") }
    return StoreServerPlan(
        options: NodeOptions(
            id: NodeID(number), cluster: ClusterID(0xC1_05_7E_12), listening: .loopback()),
        replication: replication, servers: (0..<count).map { NodeID($0) }, directory: words[6],
        durability: durability, failureTimeout: .seconds(1),
        seed: Seed(life).derived(for: Int(number)))
}

do {
    let server = try StoreServer.start(makePlan(CommandLine.arguments))
    guard let address = server.address else { refuse("it does not listen") }
    say("\(address)", to: 1)
    while let line = readLine() {
        let words = line.split(separator: " ")
        guard words.count == 2, let number = UInt32(words[0]) else { refuse("read '\(line)'") }
        server.introduce(NodeID(number), at: try Address(parsing: String(words[1])))
    }
    server.stop(abruptly: false)
    try server.wait()
} catch {
    refuse("\(error)")
}
