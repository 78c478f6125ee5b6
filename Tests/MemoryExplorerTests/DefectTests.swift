import Channels
import Testing

@testable import MemoryExplorer

/// Programs with a defect, each of which has to be found.
@Suite(.serialized) struct DefectTests {
    @Test func `a plain write that nobody was told of is a race`() {
        for isOrdered in [true, false] {
            let result = Exploration.run { program in
                let words = Words(1)
                program.thread {
                    unsafe Memory.willWrite(words.plain(0))
                    unsafe words.plain(0).pointee = 7
                    if isOrdered {
                        unsafe Memory.storeReleasing(words[0], 1)
                    } else {
                        unsafe Memory.storeRelaxed(words[0], 1)
                    }
                }
                program.thread {
                    guard unsafe Memory.loadAcquiring(words[0]) == 1 else { return }
                    unsafe Memory.willRead(words.plain(0))
                    Exploration.expectation(
                        unsafe words.plain(0).pointee == 7, "read something else")
                }
                program.end { words.free() }
            }
            #expect((result.failure == nil) == isOrdered)
            if let failure = result.failure {
                #expect(failure.hasPrefix("thread 2: a plain read races with a plain write"))
            }
        }
    }

    @Test func `two plain writes race, and a write races with a read`() {
        for isWrite in [true, false] {
            let result = Exploration.run { program in
                let words = Words(1)
                program.thread { unsafe Memory.willWrite(words.plain(0)) }
                program.thread {
                    if isWrite {
                        unsafe Memory.willWrite(words.plain(0))
                    } else {
                        unsafe Memory.willRead(words.plain(0))
                    }
                }
            }
            #expect(result.failure?.contains("races with a plain write of thread 1") == true)
        }
    }

    @Test func `a wake-up that is lost is found, and the fences that save it are enough`() {
        for fences in [true, false] {
            let result = Exploration.run { program in
                let words = Words(2)
                program.thread {
                    unsafe Memory.storeRelaxed(words[1], 1)
                    if fences { Memory.fenceSequentiallyConsistent() }
                    if unsafe Memory.loadRelaxed(words[0]) == 0 {
                        unsafe Memory.sleep(words[1], while: 1)
                    }
                }
                program.thread {
                    unsafe Memory.storeRelaxed(words[0], 1)
                    if fences { Memory.fenceSequentiallyConsistent() }
                    guard unsafe Memory.loadRelaxed(words[1]) == 1 else { return }
                    unsafe Memory.storeRelaxed(words[1], 0)
                    unsafe Memory.wake(words[1])
                }
            }
            #expect((result.failure == nil) == fences)
            if let failure = result.failure {
                #expect(failure.contains("threads [1] sleep, and nobody is left to wake them"))
            }
        }
    }

    @Test func `a spin loop ends when it may, and is found when it cannot`() {
        for isWritten in [true, false] {
            let result = Exploration.run { program in
                let words = Words(2)
                program.thread { unsafe Memory.storeRelaxed(words[isWritten ? 0 : 1], 1) }
                program.thread {
                    while unsafe Memory.loadRelaxed(words[0]) == 0 { Memory.pause() }
                }
            }
            #expect((result.failure == nil) == isWritten)
            if let failure = result.failure {
                #expect(failure.contains("threads [2] spin for something that nobody will write"))
            }
        }
    }

    @Test func `memory that is freed too early, and memory that is used after it`() {
        let early = Exploration.run { program in
            let words = Words(1)
            program.thread { unsafe Memory.storeRelaxed(words[0], 1) }
            program.thread { if unsafe Memory.loadRelaxed(words[0]) == 1 { words.free() } }
        }
        #expect(early.failure?.contains("is freed while thread 1 may be using it") == true)
        let late = Exploration.run { program in
            let words = Words(1)
            program.end {
                words.free()
                unsafe Memory.storeRelaxed(words[0], 1)
            }
        }
        #expect(late.failure?.hasPrefix("an atomic is used that does not live") == true)
    }

    @Test(arguments: [true, false])
    func `memory that is freed under a plain access is found, and not where that is over`(
        _ isWrite: Bool
    ) {
        for isOrdered in [true, false] {
            let result = Exploration.run { program in
                let words = Words(1)
                let freed = Words(1)
                program.thread {
                    if isWrite {
                        unsafe Memory.willWrite(freed.plain(0))
                    } else {
                        unsafe Memory.willRead(freed.plain(0))
                    }
                    if isOrdered {
                        unsafe Memory.storeReleasing(words[0], 1)
                    } else {
                        unsafe Memory.storeRelaxed(words[0], 1)
                    }
                }
                program.thread {
                    if unsafe Memory.loadAcquiring(words[0]) == 1 { freed.free() }
                }
                program.end { words.free() }
            }
            #expect((result.failure == nil) == isOrdered)
            if let failure = result.failure {
                let doing = isWrite ? "writing" : "reading"
                #expect(failure.contains("is freed while thread 1 may be \(doing) it"))
            }
        }
    }

    @Test func `plain accesses to memory that was given back, and giving it back twice`() {
        let read = Exploration.run { program in
            let words = Words(1)
            program.end {
                words.free()
                unsafe Memory.willRead(words.plain(0))
            }
        }
        #expect(read.failure?.contains("plain read touches memory that was given back") == true)
        let write = Exploration.run { program in
            let words = Words(1)
            program.end {
                words.free()
                unsafe Memory.willWrite(words.plain(0))
            }
        }
        #expect(write.failure?.contains("plain write touches memory that was given back") == true)
        let twice = Exploration.run { program in
            let words = Words(1)
            program.end {
                words.free()
                words.free()
            }
        }
        #expect(twice.failure?.contains("memory is freed twice") == true)
    }

    @Test func `memory that is made after other memory was freed has another address`() {
        let result = Exploration.run { program in
            program.thread {
                let first = Words(1)
                let address = unsafe UInt(bitPattern: first[0])
                first.free()
                let second = Words(1)
                let isSame = unsafe UInt(bitPattern: second[0]) == address
                Exploration.expectation(!isSame, "the same")
                second.free()
            }
        }
        #expect(result.failure == nil)
    }

    @Test func `an expectation that is not met is told with what led to it`() {
        let result = Exploration.run { program in
            let words = Words(1)
            program.thread { unsafe Memory.storeRelaxed(words[0], 5) }
            program.thread {
                let value = unsafe Memory.loadRelaxed(words[0])
                Exploration.expectation(value == 0, "read \(value)")
            }
        }
        #expect(
            result.failure
                == """
                thread 2: read 5
                thread 1: store 5, relaxed, to 0
                thread 2: load, relaxed, of 0 → 5
                """)
    }

    @Test func `exploring ends at its limit`() {
        let result = Exploration.run(limit: 3) { program in
            let words = Words(1)
            for _ in 0..<3 {
                program.thread { _ = unsafe Memory.exchangeRelaxed(words[0], 1) }
            }
            program.end { words.free() }
        }
        #expect(result.failure == nil)
        #expect(!result.isComplete)
        #expect(result.executions == 3)
    }
}
