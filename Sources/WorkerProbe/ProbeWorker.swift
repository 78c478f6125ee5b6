import Glibc
import SharedNothing

/// Does to its process what the message says, and answers what the state says.
struct ProbeWorker: ProcessWorker {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    func start(_ argument: String, _ stream: MessageStream) throws -> Int {
        let words = argument.split(separator: " ").map(String.init)
        switch words.first {
        case "throw":
            guard let length = words.dropFirst().first.flatMap(Int.init) else {
                throw Failure(description: "told not to start")
            }
            throw Failure(description: String(repeating: "x", count: length))
        case "trap": trap()
        case "hang": while true { pause() }
        case "once":
            // Fails at every second start; the file is how it knows.
            // SAFETY: paths are copied during the calls.
            guard unsafe unlink(words[1]) != 0 else {
                throw Failure(description: "told not to start this time")
            }
            close(unsafe creat(words[1], 0o600))
        default: break
        }
        return 0
    }

    func handle(_ message: String, _ ordinal: UInt64, _ handled: inout Int) throws -> String {
        handled += 1
        let words = message.split(separator: " ").map(String.init)
        switch words.first {
        case "index":
            let empty = [Int](repeating: 0, count: handled - handled)
            return "\(empty[handled])"
        case "precondition": preconditionFailure("told to")
        case "throw": throw Failure(description: "told to throw")
        case "exit": exit(3)
        case "kill": kill(getpid(), SIGKILL)
        case "garbage": Garbage.write(seed: UInt64(words.last ?? "") ?? 0)
        case "hang": while true { pause() }
        case "process": return "\(getpid())"
        case "group": return "\(getpgid(0))"
        case "places": return Surroundings.places
        case "children": return Surroundings.descriptorsOfAChild
        case "handled": return "\(handled)"
        default: break
        }
        return "\(ordinal):\(message)"
    }

    private func trap() -> Never { preconditionFailure("told to trap") }
}

/// Answers with the message.
struct EchoWorker: ProcessWorker {
    func start(_ argument: String, _ stream: MessageStream) throws -> UInt64 { 0 }

    func handle(
        _ message: [UInt8], _ ordinal: UInt64, _ state: inout UInt64
    ) throws -> [UInt8] { message }
}

/// Writes into the lane of this process, past the code that keeps it in order.
enum Garbage {
    static func write(seed: UInt64) {
        // SAFETY: descriptor 4 is the lane, as the registry has it; its first pages are mapped for
        // as long as the process lives. What is written there is what the test is about.
        guard let lane = unsafe mmap(nil, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, 4, 0) else {
            return
        }
        var word = seed | 1
        for offset in stride(from: 0, to: 8192, by: 8) {
            word ^= word << 13
            word ^= word >> 7
            word ^= word << 17
            // Half of them small, which is where the near misses are.
            let value = word & 1 == 0 ? word : word & 0xffff
            unsafe lane.storeBytes(of: value, toByteOffset: offset, as: UInt64.self)
        }
        while true { pause() }
    }
}
