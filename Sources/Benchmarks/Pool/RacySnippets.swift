/// Programs in which threads could race for a worker's state or a channel's end, and some in which
/// they could not. What the compiler refuses keeps a worker's state on its thread.
struct RacySnippet: Sendable {
    /// What is wrong with it.
    let what: String
    /// The program.
    let source: String
    /// What the compiler's complaint must say; `nil` for a program that must compile.
    var because: String?

    /// Whether what the compiler said is what it should have.
    func explains(_ complaint: String?) -> Bool {
        guard let because else { return complaint == nil }
        return complaint?.contains(because) == true
    }

    /// Programs that share nothing: what is refused of the others is not refused of these.
    static let innocent = [
        RacySnippet(what: "a worker that shares nothing", source: worker()),
        RacySnippet(
            what: "an end that is given to one thread",
            source: channel(
                """
                let channel = SPSCChannel<Int, SpinThenPark>(capacity: 8)
                let producer = channel.producer
                move(producer)
                """)),
    ]

    private static let sendable = "conform to the 'Sendable' protocol"

    /// Programs that must not compile.
    static let racy = [
        RacySnippet(
            what: "a message that may not cross threads", source: worker(message: "Box"),
            because: sendable),
        RacySnippet(
            what: "a response that may not cross threads",
            source: worker(response: "Box", handle: "return state"), because: sendable),
        RacySnippet(
            what: "state that all workers would share",
            source: worker(stored: "let shared = Box()"),
            because: "non-Sendable type 'Box'"),
        RacySnippet(
            what: "state that is handed to a task",
            source: worker(handle: "Task.detached { [state] in state.count += 1 }"),
            because: "data races"),
        RacySnippet(
            what: "state that is sent away", source: worker(handle: "giveAway(state)"),
            because: "data races"),
        RacySnippet(
            what: "state that is sent away at the end",
            source: worker(
                stored: """
                    func stop(_ state: consuming Box, _ context: borrowing WorkerContext<Int, Void>) {
                        giveAway(state)
                    }
                    """), because: "data races"),
        RacySnippet(
            what: "a portion that may not cross threads",
            source: worker(
                stored: """
                    func release(_ state: inout Box, moving movement: KeyMovement)
                        -> [MovedPortion<Box>] { [] }
                    func absorb(_ portion: Box, _ state: inout Box) {}
                    """), because: sendable),
        RacySnippet(
            what: "a context that is kept", source: worker(handle: "keep(context)"),
            because: "cannot be consumed"),
        RacySnippet(
            what: "an end that is given to two threads",
            source: channel(
                """
                let channel = SPSCChannel<Int, SpinThenPark>(capacity: 8)
                let producer = channel.producer
                move(producer)
                move(producer)
                """), because: "consumed more than once"),
        RacySnippet(
            what: "an element that may not cross threads",
            source: channel("_ = SPSCChannel<Box, SpinThenPark>(capacity: 8)"), because: sendable),
    ]

    /// A worker with something in one place.
    private static func worker(
        message: String = "Int", response: String = "Void", stored: String = "",
        handle: String = ""
    ) -> String {
        """
        import SharedNothing

        final class Box { var count = 0 }
        func giveAway(_ box: sending Box) {}
        func keep(_ context: consuming WorkerContext<\(message), \(response)>) {}

        struct Snippet: Worker {
            \(stored)
            func start(_ context: borrowing WorkerContext<\(message), \(response)>) -> Box { Box() }
            func handle(
                _ message: \(message), _ state: inout Box,
                _ context: borrowing WorkerContext<\(message), \(response)>
            ) -> \(response) { \(handle) }
        }
        """
    }

    /// A function around a channel, beside one that moves an end to a thread.
    private static func channel(_ body: String) -> String {
        """
        import Channels

        final class Box { var count = 0 }
        func move(_ end: consuming SPSCChannel<Int, SpinThenPark>.Producer) {}

        func snippet() {
        \(body)
        }
        """
    }
}
