import CNilometerShims
import Glibc
import Hardware
import Synchronization
import Testing

@testable import Counters

@Suite struct ThreadCountersTests {
    private final class Count: Sendable {
        let value = Atomic<UInt64>(0)
        func add(_ number: UInt64) { value.wrappingAdd(number, ordering: .relaxed) }
        func publish(_ event: String) -> PublishedCounters.Source {
            PublishedCounters.publish(event, "a test's") { [self] in
                value.load(ordering: .acquiring)
            }
        }
    }

    /// What `counters` count while `work` runs, by name.
    private func counts(
        _ counters: ThreadCounters, _ work: () -> Void = {}
    ) -> [CounterName: Double] {
        let mark = counters.mark()
        work()
        return Dictionary(
            uniqueKeysWithValues: counters.counts(since: mark).map { ($0.name, $0.count) })
    }

    @Test func `every counter has a count or a reason, and no reason is a zero`() {
        let names =
            SoftwareEvent.allCases.map { CounterName.software($0) } + [
                .preset("PAPI_TOT_INS"), .preset("PAPI_NO_SUCH"), .native("perf::NO_SUCH"),
                PublishedCounters.name("test.never"),
            ]
        let counters = ThreadCounters(names)
        let found = counts(counters)
        for name in names {
            let reasons = counters.absences.filter { $0.name == name }.map(\.reason)
            if found[name] == nil {
                #expect(reasons.count == 1, "\(name)")
                #expect(reasons.first?.isEmpty == false, "\(name)")
            } else {
                #expect(reasons.isEmpty, "\(name)")
            }
        }
        for name in [names[names.count - 3], names[names.count - 1]] {
            #expect(found[name] == nil, "\(name) does not exist")
        }
    }

    @Test func `a thread that PAPI has never seen may ask for what there is not`() throws {
        _ = ThreadCounters([.preset("PAPI_TOT_INS")])
        let absent = Mutex<[CounterName]>([])
        try PinnedThread(pu: ThreadBinding.allowedPUs().indexes[0], name: "stranger") {
            let names = [CounterName.preset("PAPI_NO_SUCH"), .native("perf::NO_SUCH")]
            let found = ThreadCounters(names, of: .partner).absences.map(\.name)
            absent.withLock { $0 = found }
        }.join()
        #expect(absent.withLock { $0.count } == 2)
    }

    @Test func `a published counter is read back exactly, through PAPI`() {
        let count = Count()
        let source = count.publish("test.exact")
        count.add(5)
        let counters = ThreadCounters([PublishedCounters.name("test.exact")])
        let mark = counters.mark()
        count.add(1234)
        #expect(counters.counts(since: mark).map(\.count) == [1234])
        count.add(1)
        #expect(counters.counts(since: mark).map(\.count) == [1235])
        #expect(counters.absences.isEmpty)
        withExtendedLifetime(source) {}
    }

    @Test func `a counter that is published later counts from then, and disturbs none`() {
        let (first, second) = (Count(), Count())
        let one = first.publish("test.early")
        let names = [PublishedCounters.name("test.early"), PublishedCounters.name("test.late")]
        let counters = ThreadCounters(names)
        let start = counters.mark()
        first.add(3)
        #expect(counters.absences.map(\.name) == [names[1]])
        let two = second.publish("test.late")
        let mark = counters.mark()
        first.add(10)
        second.add(20)
        #expect(counters.counts(since: mark).map(\.count) == [10, 20])
        // The set was stopped in between to take the second in.
        #expect(counters.counts(since: start).first?.count == 13)
        #expect(counters.absences.isEmpty)
        withExtendedLifetime((one, two)) {}
    }

    @Test func `sources of one name add up, and what one counted stays when it goes`() {
        let name = PublishedCounters.name("test.sum")
        let (first, second) = (Count(), Count())
        let stays = first.publish("test.sum")
        var goes: PublishedCounters.Source? = second.publish("test.sum")
        let counters = ThreadCounters([name])
        let mark = counters.mark()
        first.add(1)
        second.add(10)
        #expect(counters.counts(since: mark).map(\.count) == [11])
        withExtendedLifetime(goes) {}
        goes = nil
        #expect(counters.counts(since: mark).map(\.count) == [11])
        withExtendedLifetime(stays) {}
    }

    /// Kernels of containers and sandboxes may refuse.
    private static let canCountFaults = (try? SoftwareCounter(.minorFaults)) != nil

    @Test(.enabled(if: canCountFaults, "the kernel refuses to count faults"))
    func `fresh pages fault once each, and pages that were touched do not`() throws {
        let size = Int(sysconf(Int32(_SC_PAGESIZE)))
        let pages = 300
        // SAFETY, here and below: a mapping of its own, used within its length.
        let mapping = unsafe mmap(
            nil, pages * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let memory = unsafe mapping, unsafe memory != MAP_FAILED else {
            Issue.record("there is no memory")
            return
        }
        defer { unsafe munmap(memory, pages * size) }
        _ = unsafe madvise(memory, pages * size, MADV_NOHUGEPAGE)
        func touch() {
            for page in 0..<pages {
                unsafe memory.storeBytes(of: 1, toByteOffset: page * size, as: UInt8.self)
            }
        }
        let counter = try SoftwareCounter(.minorFaults)
        func now() -> Int64? { counter.count }
        let before = try #require(now())
        touch()
        let fresh = try #require(now()) - before
        touch()
        let again = try #require(now()) - before - fresh
        // A few may be the library's own.
        #expect((Int64(pages)...Int64(pages) + 20).contains(fresh), "\(fresh)")
        #expect(again <= 20, "\(again)")
    }

    @Test func `instructions are what ran, where the hardware is believed`() {
        let name = CounterName.preset("PAPI_TOT_INS")
        let counters = ThreadCounters([name])
        let found = counts(counters) { _ = nilometer_known_loop(2_000_000) }
        if let count = found[name] {
            #expect((3_960_000...4_040_000).contains(count))
        } else {
            #expect(counters.absences.map(\.name) == [name])
        }
    }

    @Test func `of all threads only the kernel's events are counted`() {
        let counters = ThreadCounters(
            [.software(.taskClock), .preset("PAPI_TOT_INS")], of: .all)
        let found = counts(counters)
        #expect(found.keys.allSatisfy { $0 == .software(.taskClock) })
    }
}
