import Channels
import Testing

@testable import MemoryExplorer

/// Sleeps and spins that end by time, and the operations of eight bytes.
@Suite(.serialized) struct TimeTests {
    @Test func `a sleep with a deadline ends by a wake or by itself, whatever the order`() {
        let seen = Seen()
        let result = Exploration.run { program in
            let words = Words(1)
            let notes = Notes()
            program.thread {
                notes[0] =
                    unsafe ExploredAtomics.sleep(words[0], while: 0, until: 100) ? 1 : 0
                notes[1] = ExploredAtomics.hasPassed(100) ? 1 : 0
            }
            program.thread { unsafe Memory.wake(words[0]) }
            program.end {
                seen.insert(notes.list(2))
                words.free()
            }
        }
        #expect(result.failure == nil)
        #expect(result.isComplete)
        // Late or woken; who was late is so for good, and who was woken may be late meanwhile.
        #expect(seen.all == [[0, 1], [1, 0], [1, 1]])
    }

    @Test func `a deadline passes where nobody else can go on`() {
        let result = Exploration.run { program in
            let words = Words(1)
            program.thread {
                while unsafe Memory.loadRelaxed(words[0]) == 0 {
                    if ExploredAtomics.hasPassed(7) { return }
                    Memory.pause()
                }
            }
            program.thread { _ = unsafe ExploredAtomics.sleep(words[0], while: 0, until: 9) }
            program.end { words.free() }
        }
        #expect(result.failure == nil)
        #expect(result.isComplete)
    }

    @Test func `a clock stands still until it is asked, and never goes back`() {
        let result = Exploration.run { program in
            program.thread {
                let start = ExploredAtomics.now()
                Exploration.expectation(ExploredAtomics.hasPassed(0), "0 has not passed")
                if ExploredAtomics.hasPassed(start + 10) {
                    Exploration.expectation(
                        ExploredAtomics.now() == start + 10, "\(ExploredAtomics.now())")
                    Exploration.expectation(ExploredAtomics.hasPassed(start + 10), "went back")
                } else {
                    Exploration.expectation(ExploredAtomics.now() == start, "moved")
                }
            }
        }
        #expect(result.failure == nil)
        #expect(result.executions == 2)
    }

    @Test func `operations of eight bytes return what was there`() {
        let result = Exploration.run { program in
            let word = Wide()
            program.thread {
                // SAFETY (of all): an atomic by `Wide`.
                let first: UInt64 = unsafe ExploredAtomics.exchangeAcquiringAndReleasing(
                    word.address, 5)
                let second: UInt64 = unsafe ExploredAtomics.addAcquiringAndReleasing(
                    word.address, .max)
                let third: UInt64 = unsafe ExploredAtomics.setBitsAcquiringAndReleasing(
                    word.address, 1 << 63)
                let fourth: UInt64 = unsafe ExploredAtomics.compareExchangeAcquiring(
                    word.address, expected: 4, desired: 9)
                let fifth: UInt64 = unsafe ExploredAtomics.compareExchangeAcquiringAndReleasing(
                    word.address, expected: 1 << 63 | 4, desired: 9)
                let last = unsafe ExploredAtomics.loadRelaxed(word.address) as UInt64
                let all: [UInt64] = [first, second, third, fourth, fifth, last]
                Exploration.expectation(
                    all == [0, 5, 4, 1 << 63 | 4, 1 << 63 | 4, 9], "\(all)")
            }
            program.end { word.free() }
        }
        #expect(result.failure == nil)
    }
}

/// A word of eight bytes.
@safe
private struct Wide: @unchecked Sendable {
    // Sendable because it is touched through explored atomics only.
    let address: UnsafeMutableRawPointer

    init() {
        unsafe address = .allocate(byteCount: 8, alignment: 8)
        unsafe ExploredAtomics.initialize(address, to: UInt64(0))
    }

    func free() {
        unsafe ExploredAtomics.deallocate(address, byteCount: 8)
    }
}
