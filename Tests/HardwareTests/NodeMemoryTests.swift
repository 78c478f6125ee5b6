import Foundation
import Glibc
import Testing

@testable import Hardware

/// Fresh pages of this process.
private func withPages<Result>(
    _ count: Int, writing written: Int, _ body: (UnsafeRawBufferPointer) throws -> Result
) throws -> Result {
    let size = sysconf(Int32(_SC_PAGESIZE))
    let found = unsafe mmap(
        nil, count * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let memory = unsafe found, unsafe memory != MAP_FAILED else {
        preconditionFailure("no \(count) pages: \(errno)")
    }
    defer { unsafe munmap(memory, count * size) }
    // A huge page would be written as a whole.
    _ = unsafe madvise(memory, count * size, MADV_NOHUGEPAGE)
    for page in 0..<written {
        unsafe memory.storeBytes(of: 1, toByteOffset: page * size, as: Int.self)
    }
    return try unsafe body(UnsafeRawBufferPointer(start: memory, count: count * size))
}

@Suite struct NodeMemoryTests {
    /// The answer, or nil where this machine gives none, for a reason.
    private func answer(_ fact: Fact<NodeMemory.Placement>) -> NodeMemory.Placement? {
        if let value = fact.value {
            #expect(MemoryPlacement.isAllowed.value == true)
            return value
        }
        #expect(MemoryPlacement.isAllowed.value == false)
        #expect(fact.reason?.isEmpty == false)
        return nil
    }

    @Test func `the kernel says on which node each page lies, and which are on none`() throws {
        try unsafe withPages(7, writing: 5) { range in
            guard let found = answer(unsafe NodeMemory.placement(of: range)) else { return }
            #expect(found.shares.reduce(0) { $0 + $1.pages } == 5)
            #expect(found.absent == 2)
            #expect(found.shares.allSatisfy { $0.node >= 0 })
            #expect(found.description.hasSuffix("absent: 2"))
            // One byte in the middle of a page is that page.
            let byte = unsafe UnsafeRawBufferPointer(rebasing: range[100..<101])
            #expect(answer(unsafe NodeMemory.placement(of: byte))?.absent == 0)
            let border = unsafe UnsafeRawBufferPointer(rebasing: range[4000..<5000])
            let pages = answer(unsafe NodeMemory.placement(of: border))?.shares.map(\.pages)
            #expect(pages?.reduce(0, +) == 2)
        }
    }

    @Test func `more pages than are asked for at once are all counted`() throws {
        try unsafe withPages(5000, writing: 4999) { range in
            guard let found = answer(unsafe NodeMemory.placement(of: range)) else { return }
            #expect(found.shares.reduce(0) { $0 + $1.pages } == 4999)
            #expect(found.absent == 1)
        }
    }

    @Test func `pages are moved to every node that there is, and to no other`() throws {
        let nodes = try #require(Machine.detect().topology.nodes.value).map(\.index)
        try unsafe withPages(5, writing: 5) { range in
            for node in nodes {
                guard let found = answer(unsafe NodeMemory.move(range, to: node)) else { return }
                #expect(found == .init(shares: [.init(node: node, pages: 5)], absent: 0))
                #expect(found.isWhole(on: node) && !found.isWhole(on: node + 1))
            }
            let nowhere = unsafe NodeMemory.move(range, to: 1000)
            #expect(nowhere.value == nil)
            #expect(nowhere.reason?.isEmpty == false)
            #expect(unsafe range.load(fromByteOffset: 0, as: Int.self) == 1)
        }
    }

    @Test func `a thread takes new pages from its own node once it is told to`() throws {
        let maps = "/proc/thread-self/numa_maps"
        guard MemoryPlacement.isAllowed.value == true, FileManager.default.fileExists(atPath: maps)
        else { return }
        let pu = try #require(ThreadBinding.allowedPUs().first)
        let policies = Policies()
        let thread = try PinnedThread(pu: pu, name: "policy") {
            policies.read(maps)
            NodeMemory.preferLocal()
            policies.read(maps)
        }
        thread.join()
        let (before, after) = (policies.seen[0], policies.seen[1])
        #expect(after == "local" || after == "prefer", "\(before), then \(after)")
    }

    /// What a thread finds of its policy. One thread at a time.
    private final class Policies: @unchecked Sendable {
        var seen: [String] = []

        func read(_ path: String) {
            let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            let words = text.split(separator: "\n").first?.split(separator: " ") ?? []
            let policy = words.dropFirst().first ?? "nothing"
            seen.append(String(policy.prefix { $0 != ":" && $0 != "=" }))
        }
    }
}
