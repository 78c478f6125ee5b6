import Channels
import Testing

@testable import MemoryExplorer

/// The small programs by which memory models are told apart.
@Suite(.serialized) struct LitmusTests {
    /// All outcomes of two threads over two words.
    private func outcomes(
        _ first: @escaping @Sendable (Words, Notes) -> Void,
        _ second: @escaping @Sendable (Words, Notes) -> Void
    ) -> Set<[UInt32]> {
        let seen = Seen()
        let result = Exploration.run { program in
            let words = Words(2)
            let notes = Notes()
            program.thread { first(words, notes) }
            program.thread { second(words, notes) }
            program.end {
                seen.insert(notes.list(2))
                words.free()
            }
        }
        #expect(result.failure == nil)
        #expect(result.isComplete)
        return seen.all
    }

    @Test func `store buffering shows both old values`() {
        let seen = outcomes(
            {
                unsafe Memory.storeReleasing($0[0], 1)
                $1[0] = unsafe Memory.loadAcquiring($0[1])
            },
            {
                unsafe Memory.storeReleasing($0[1], 1)
                $1[1] = unsafe Memory.loadAcquiring($0[0])
            })
        #expect(seen == [[0, 0], [0, 1], [1, 0], [1, 1]])
    }

    @Test func `fences forbid store buffering`() {
        let seen = outcomes(
            {
                unsafe Memory.storeRelaxed($0[0], 1)
                Memory.fenceSequentiallyConsistent()
                $1[0] = unsafe Memory.loadRelaxed($0[1])
            },
            {
                unsafe Memory.storeRelaxed($0[1], 1)
                Memory.fenceSequentiallyConsistent()
                $1[1] = unsafe Memory.loadRelaxed($0[0])
            })
        #expect(seen == [[0, 1], [1, 0], [1, 1]])
    }

    @Test func `a fence that one thread imposes on all forbids store buffering`() {
        let seen = outcomes(
            {
                unsafe Memory.storeRelaxed($0[0], 1)
                Memory.fenceEverywhere()
                $1[0] = unsafe Memory.loadRelaxed($0[1])
            },
            {
                unsafe Memory.storeRelaxed($0[1], 1)
                Memory.fenceCompiler()
                $1[1] = unsafe Memory.loadRelaxed($0[0])
            })
        #expect(seen == [[0, 1], [1, 0], [1, 1]])
    }

    @Test(arguments: [false, true])
    func `a message is seen with its flag when it is released and acquired`(_ isOrdered: Bool) {
        let seen = outcomes(
            { words, _ in
                unsafe Memory.storeRelaxed(words[0], 1)
                if isOrdered {
                    unsafe Memory.storeReleasing(words[1], 1)
                } else {
                    unsafe Memory.storeRelaxed(words[1], 1)
                }
            },
            { words, notes in
                notes[0] = unsafe Memory.loadAcquiring(words[1])
                notes[1] = unsafe Memory.loadRelaxed(words[0])
            })
        #expect(seen.contains([1, 0]) == !isOrdered)
        #expect(seen.isSuperset(of: [[0, 0], [0, 1], [1, 1]]))
    }

    @Test func `a word never goes back`() {
        let seen = outcomes(
            { words, _ in
                unsafe Memory.storeRelaxed(words[0], 1)
                unsafe Memory.storeRelaxed(words[0], 2)
            },
            { words, notes in
                notes[0] = unsafe Memory.loadRelaxed(words[0])
                notes[1] = unsafe Memory.loadRelaxed(words[0])
            })
        #expect(seen == [[0, 0], [0, 1], [0, 2], [1, 1], [1, 2], [2, 2]])
    }

    @Test func `a release sequence is carried on by an exchange, and broken by a store`() {
        for isExchange in [true, false] {
            let seen = Seen()
            let result = Exploration.run { program in
                let words = Words(2)
                let notes = Notes()
                program.thread {
                    unsafe Memory.storeRelaxed(words[0], 1)
                    unsafe Memory.storeReleasing(words[1], 1)
                }
                program.thread {
                    if isExchange {
                        _ = unsafe Memory.exchangeRelaxed(words[1], 2)
                    } else if unsafe Memory.loadRelaxed(words[1]) == 1 {
                        unsafe Memory.storeRelaxed(words[1], 3)
                    }
                }
                program.thread {
                    notes[0] = unsafe Memory.loadAcquiring(words[1])
                    notes[1] = unsafe Memory.loadRelaxed(words[0])
                }
                program.end { seen.insert(notes.list(2)) }
            }
            #expect(result.failure == nil)
            #expect(result.isComplete)
            // 2 may have come before the 1, and then hands over nothing.
            #expect(seen.all.contains([1, 0]) == false)
            #expect(seen.all.contains([3, 0]) == !isExchange)
        }
    }

    @Test func `readers of independent writes may disagree about their order`() {
        let seen = Seen()
        let result = Exploration.run { program in
            let words = Words(2)
            let notes = Notes()
            program.thread { unsafe Memory.storeReleasing(words[0], 1) }
            program.thread { unsafe Memory.storeReleasing(words[1], 1) }
            for reader in 0..<2 {
                program.thread {
                    notes[2 * reader] = unsafe Memory.loadAcquiring(words[reader])
                    notes[2 * reader + 1] = unsafe Memory.loadAcquiring(words[1 - reader])
                }
            }
            program.end { seen.insert(notes.list(4)) }
        }
        #expect(result.isComplete)
        #expect(seen.all.contains([1, 0, 1, 0]))
        #expect(seen.all.count == 16)
    }

    @Test func `no increment is lost`() {
        let result = Exploration.run { program in
            let count = UnsafeWide()
            for _ in 0..<3 {
                program.thread { unsafe ExploredAtomics.addRelaxed(count.address, UInt64(1)) }
            }
            program.end {
                let value = unsafe ExploredAtomics.loadAcquiring(count.address) as UInt64
                Exploration.expectation(value == 3, "counted \(value)")
                count.free()
            }
        }
        #expect(result.failure == nil)
        #expect(result.isComplete)
        // All orders of three.
        #expect(result.executions == 6)
    }
}

/// A word of eight bytes.
@safe
private struct UnsafeWide: @unchecked Sendable {
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
