import StateMachines

/// Looks for an order of the operations on one object, each at one moment between its call and its
/// answer, that its model allows.
///
/// The search of Wing and Gong ("Testing and verifying concurrent objects", JPDC 17, 1993) with Lowe's
/// list of events and memory of configurations ("Testing for linearizability", 2017): depth first, one
/// operation after the other among those that no operation still to come precedes: the *window*. Beyond
/// these it has rules that cut off what another branch has as well, or what cannot end well; let `L` be an
/// order that goes on from here, with as few unanswered operations as can be.
///
/// 1. *An answered operation of the window that is silent and can be next is next*, without another try.
///    In `L` it stands somewhere later; it changes nothing there nor here, so `L` allows it here.
/// 2. *Of answered operations that ask and were answered the same, the one that was answered first is
///    next.* Where `L` has the other before it, the two change places: each is then still after its call
///    (both were called by now) and before its answer.
/// 3. *An unanswered operation is put in only where what follows needs it*: directly before one that
///    without it would have been refused, or have left another state. Where `L` has one that is not
///    needed so, or at its end, `L` without it is an order as well, as unanswered operations may never
///    have taken effect. This is what keeps time-outs from doubling the work each.
/// 4. *Of unanswered operations that ask the same, the first called is put in first; and none is put in
///    where an answered one that asks the same could be put in and leaves the same state.* Where `L` has
///    it otherwise the two change places.
///
/// Two more where the model's effects are known:
///
/// 5. *Where nothing needs the present state, an answered operation that overwrites any state is next if
///    all that needs what it leaves is silent and in the window.* In `L`, what follows here overwrites as
///    well, and so does what follows the operation and those that need what it leaves (all of which are
///    silent, and can stand here with it). So none of them is missed there, nor in the way here.
/// 6. *A state that is needed and that nothing leaves any more is not left* before all that need it have
///    been put in.
///
/// Time and space are exponential in how many operations overlap in the worst case: the problem is
/// NP-complete (Gibbons and Korach, "Testing shared memories", SIAM J. Comput. 26(4), 1997).
struct LinearizationSearch {
    /// What came out.
    enum Outcome {
        /// An order of all answered operations and of some unanswered ones.
        case order([Int])
        case none
        case outOfBudget
    }

    /// A configuration, and how far the operations that may be next have been tried.
    private struct Frame {
        let state: Int32
        /// The state before the unanswered operation that stands last; `nowhere` where another does.
        let origin: Int32
        /// How many operations have been put in.
        let depth: Int
        /// The next event to try; `EventList.end` once unanswered operations are tried.
        var cursor: Int32
        /// The next unanswered operation to try.
        var unanswered: Int
    }

    private static let nowhere: Int32 = -1

    private var object: SearchedObject
    private var events: EventList
    private var seen: ConfigurationCache
    /// The operations that have been put in, in their order, as a list and as a set with its hash.
    private var order: [Int] = []
    private var done: [UInt64]
    private var hash: UInt64 = 0
    private var open: Int
    private var frames: [Frame] = []
    private var needs: StateNeeds?
    /// How many silent operations of the window need each state; zeros between uses.
    private var windowDemand: [Int32]
    /// Of each unanswered operation the one before it that asks the same; below 0 where there is none.
    private let twins: [Int]
    /// How many transitions have been looked at.
    private(set) var steps = 0
    private let budget: Int
    private let planted: Planted<CheckerMistake>

    init(_ object: SearchedObject, budget: Int, planted: Planted<CheckerMistake>) {
        self.object = object
        self.planted = planted
        self.budget = budget
        events = EventList(
            object.operations[..<object.answered].map { ($0.call, $0.end) })
        let words = (object.operations.count + 63) / 64
        seen = ConfigurationCache(words: words, planted: planted)
        done = Array(repeating: 0, count: words)
        open = object.answered
        var latest: [Int64: Int] = [:]
        twins = (object.answered..<object.operations.count).map { place in
            defer { latest[object.operations[place].question] = place }
            return latest[object.operations[place].question] ?? -1
        }
        needs = object.knownStates.map { StateNeeds(object, states: $0) }
        windowDemand = Array(repeating: 0, count: object.knownStates ?? 0)
    }

    /// Searches; once.
    mutating func run() -> Outcome {
        enter(state: 0, origin: Self.nowhere)
        while open > 0, let frame = frames.last {
            guard steps < budget else { return .outOfBudget }
            undo(to: frame.depth)
            guard let (operation, state) = nextChoice() else {
                frames.removeLast()
                continue
            }
            put(operation)
            enter(
                state: state, origin: operation < object.answered ? Self.nowhere : frame.state)
        }
        return open == 0 ? .order(order) : .none
    }

    /// Begins the configuration after what has been put in, unless it has been begun before.
    private mutating func enter(state: Int32, origin: Int32) {
        var (state, origin) = (state, origin)
        while true {
            if let silent = nextSilent(in: state) {
                put(silent)
                origin = Self.nowhere
            } else if origin == Self.nowhere, let overwriting = nextOverwriting(state) {
                put(overwriting)
                state = object.operations[overwriting].leaves
            } else {
                break
            }
        }
        guard open > 0, seen.insert(done, hash: hash, state: state, origin: origin) else { return }
        frames.append(
            Frame(
                state: state, origin: origin, depth: order.count, cursor: events.first,
                unanswered: object.answered))
    }

    /// Rule 1. Where the operation put in last is an unanswered one, a silent operation that is possible
    /// now was not possible before it, so it is one that needs it.
    private mutating func nextSilent(in state: Int32) -> Int? {
        var event = events.first
        while event != EventList.end, event & 1 == 0 || planted.has(.silentBeforeItsTime) {
            let operation = Int(event >> 1)
            if object.operations[operation].isSilent, after(operation, from: state) == state {
                return operation
            }
            event = events.event(after: event)
        }
        return nil
    }

    /// Rule 5.
    private mutating func nextOverwriting(_ state: Int32) -> Int? {
        guard let needs, needs.isFree(state) || planted.has(.overwrittenBeforeItsReads) else {
            return nil
        }
        var found: Int?
        countWindow(by: 1)
        var event = events.first
        while found == nil, event != EventList.end, event & 1 == 0 {
            let operation = object.operations[Int(event >> 1)]
            if operation.needs == SearchedObject.anyState,
                operation.leaves != SearchedObject.anyState,
                windowDemand[Int(operation.leaves)] == needs.demand(for: operation.leaves),
                !needs.isHopedFor(operation.leaves)
            {
                found = Int(event >> 1)
            }
            event = events.event(after: event)
        }
        countWindow(by: -1)
        return found
    }

    private mutating func countWindow(by change: Int32) {
        var event = events.first
        while event != EventList.end, event & 1 == 0 {
            let operation = object.operations[Int(event >> 1)]
            if operation.isSilent { windowDemand[Int(operation.needs)] += change }
            event = events.event(after: event)
        }
    }

    /// The next operation to try in the last frame, and the state after it.
    private mutating func nextChoice() -> (operation: Int, state: Int32)? {
        let last = frames.count - 1
        while frames[last].cursor != EventList.end {
            let event = frames[last].cursor
            guard event & 1 == 0 else {
                frames[last].cursor = EventList.end
                break
            }
            frames[last].cursor = events.event(after: event)
            let operation = Int(event >> 1)
            guard !object.operations[operation].isSilent, isFirstOfItsKind(operation) else {
                continue
            }
            if let state = neededState(after: operation, in: frames[last]) {
                return (operation, state)
            }
        }
        let end = firstEnd
        while frames[last].unanswered < object.operations.count {
            let operation = frames[last].unanswered
            guard object.operations[operation].call < end else { return nil }
            frames[last].unanswered += 1
            guard !isDone(operation), isFirstUnanswered(operation),
                let state = neededState(after: operation, in: frames[last]),
                state != frames[last].state, !isAnsweredTwin(of: operation, leaving: state)
            else { continue }
            return (operation, state)
        }
        return nil
    }

    /// Rule 3: the state after an operation, where it is possible and needs what stands before it.
    private mutating func neededState(after operation: Int, in frame: Frame) -> Int32? {
        let state = after(operation, from: frame.state)
        guard state != SearchedObject.refused else { return nil }
        if state != frame.state, isLost(frame.state, after: operation) { return nil }
        guard frame.origin != Self.nowhere else { return state }
        let without = after(operation, from: frame.origin)
        if planted.has(.needJudgedByRefusal) {
            return without == SearchedObject.refused ? state : nil
        }
        return without == state ? nil : state
    }

    /// Rule 6.
    private func isLost(_ state: Int32, after operation: Int) -> Bool {
        needs?.isLost(
            state, after: object.operations[operation], isAnswered: operation < object.answered,
            planted) ?? false
    }

    /// Rule 2.
    private func isFirstOfItsKind(_ operation: Int) -> Bool {
        let own = object.operations[operation]
        var event = events.first
        while event != EventList.end, event & 1 == 0 {
            let other = object.operations[Int(event >> 1)]
            if other.kind == own.kind, isEarlier(other.end, own.end) { return false }
            event = events.event(after: event)
        }
        return true
    }

    private func isEarlier(_ end: Int, _ other: Int) -> Bool {
        planted.has(.lastOfItsKindFirst) ? end > other : end < other
    }

    /// Rule 4, among unanswered operations.
    private func isFirstUnanswered(_ operation: Int) -> Bool {
        let twin = twins[operation - object.answered]
        return twin < 0 || isDone(twin)
    }

    /// Rule 4, between an unanswered operation and the answered ones.
    private mutating func isAnsweredTwin(of operation: Int, leaving state: Int32) -> Bool {
        let question = object.operations[operation].question
        var event = events.first
        while event != EventList.end, event & 1 == 0 {
            let other = Int(event >> 1)
            if object.operations[other].question == question,
                after(other, from: frames[frames.count - 1].state) == state
            {
                return true
            }
            event = events.event(after: event)
        }
        return false
    }

    /// When the first operation that is still to be put in was answered.
    private var firstEnd: Int {
        var event = events.first
        while event != EventList.end, event & 1 == 0 { event = events.event(after: event) }
        return event == EventList.end ? .max : object.operations[Int(event >> 1)].end
    }

    private mutating func after(_ operation: Int, from state: Int32) -> Int32 {
        steps += 1
        return object.state(after: operation, from: state)
    }

    private func isDone(_ operation: Int) -> Bool {
        done[operation >> 6] & 1 << UInt64(operation & 63) != 0
    }

    private mutating func put(_ operation: Int) {
        if operation < object.answered {
            events.lift(operation)
            open -= 1
        }
        order.append(operation)
        toggle(operation, change: -1)
    }

    private mutating func undo(to depth: Int) {
        while order.count > depth {
            let operation = order.removeLast()
            toggle(operation, change: 1)
            if operation < object.answered {
                events.restore(operation)
                open += 1
            }
        }
    }

    private mutating func toggle(_ operation: Int, change: Int32) {
        done[operation >> 6] ^= 1 << UInt64(operation & 63)
        hash ^= ConfigurationCache.mark(of: operation)
        needs?.count(
            object.operations[operation], isAnswered: operation < object.answered, change: change)
    }
}
