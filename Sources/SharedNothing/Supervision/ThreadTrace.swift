import CNilometerShims
import Glibc
import Hardware

/// Where a thread of this process is: its stack, as the thread itself sees it, and what the kernel
/// says of it.
///
/// The stack comes from a handler of SIGURG on that thread, which walks it by the tables that C++
/// and Swift compilers leave for exceptions and debuggers (glibc's `backtrace`). That signal is
/// ignored by default, so that one too many harms nobody. A system call that the thread waits in
/// may end with `EINTR`, once. Where the stack cannot be had, the kernel's view remains: it tells a
/// thread that computes from one that sleeps, and in which system call it does.
public struct ThreadTrace: Sendable, Equatable, CustomStringConvertible {
    /// The frames, the innermost first, or why there are none.
    public let frames: Result<[Frame], SystemError>
    /// What the kernel says, or nil when the thread has ended.
    public let kernel: KernelView?

    /// A place in code.
    public struct Frame: Sendable, Equatable, CustomStringConvertible {
        /// The return address, or for the innermost frame that of the instruction itself.
        public let address: UInt
        /// The file that is mapped there; nil when the loader knows none.
        public let image: String?
        /// The place in that file, for `addr2line -e IMAGE OFFSET`.
        public let imageOffset: UInt64
        /// The exported symbol before it, as it is in the file (`swift demangle` reads it).
        public let symbol: String?
        /// The distance from the symbol.
        public let symbolOffset: UInt64

        /// `symbol+12 (image+0x3f2)`, as far as it is known.
        public var description: String {
            let place =
                image.map { "\($0)+0x\(String(imageOffset, radix: 16))" }
                ?? "0x\(String(address, radix: 16))"
            return symbol.map { "\($0)+\(symbolOffset) (\(place))" } ?? place
        }
    }

    /// One frame a line, then the kernel's view.
    public var description: String {
        var lines: [String] = []
        switch frames {
        case .success(let frames): lines += frames.map { "\($0)" }
        case .failure(let error): lines.append("no stack: \(error)")
        }
        lines.append(kernel.map { "\($0)" } ?? "the thread has ended")
        return lines.joined(separator: "\n")
    }

    /// Takes over SIGURG and loads what is needed; otherwise the first trace does. Throws `EBUSY`
    /// where the program handles that signal itself: traces are then the kernel's view alone.
    public static func prepare() throws(SystemError) {
        let refusal = nilometer_backtrace_prepare()
        guard refusal == 0 else { throw SystemError(refusal) }
    }

    /// Looks at the thread of this process with this number (`admitCurrentThread` there).
    ///
    /// Waits at most about `patience` for the thread to answer, and as long again if it has begun
    /// to. Any thread; one trace at a time.
    public static func of(thread: Int32, patience: Duration = .milliseconds(100)) -> ThreadTrace {
        let kernel = KernelView(thread: thread)
        let refusal = nilometer_backtrace_prepare()
        guard refusal == 0 else {
            return ThreadTrace(frames: .failure(SystemError(refusal)), kernel: kernel)
        }
        let milliseconds = Int32(clamping: max(patience.wholeNanoseconds / 1_000_000, 1))
        // SAFETY: the shim writes at most as many addresses as the buffer holds, before it returns.
        return unsafe withUnsafeTemporaryAllocation(
            of: UnsafeMutableRawPointer?.self, capacity: 128
        ) { buffer in
            unsafe buffer.initialize(repeating: nil)
            let count = unsafe nilometer_backtrace_of_thread(
                thread, buffer.baseAddress, Int32(buffer.count), milliseconds)
            guard count >= 0 else {
                return ThreadTrace(frames: .failure(SystemError(-count)), kernel: kernel)
            }
            // The first two frames are the handler and the kernel's way back from it.
            let addresses = unsafe buffer.prefix(Int(count)).dropFirst(2).map {
                UInt(bitPattern: $0)
            }
            return ThreadTrace(frames: .success(addresses.map(Frame.init(at:))), kernel: kernel)
        }
    }

    /// Lets the calling thread be traced, and returns its number. A thread that was started from a
    /// task inherits that most signals are blocked, SIGURG among them: it would not listen.
    public static func admitCurrentThread() -> Int32 {
        // A refusal shows when the thread is traced.
        _ = nilometer_unblock_signal(SIGURG)
        return nilometer_thread_number()
    }
}

extension ThreadTrace.Frame {
    /// The place of `address`, with what the loader knows of it.
    init(at address: UInt) {
        self.address = address
        var place = unsafe nilometer_code_place()
        // SAFETY: the loader compares the address and does not read there; its texts are static
        // while the file is loaded, and are copied at once.
        let isKnown = unsafe nilometer_code_place(UnsafeRawPointer(bitPattern: address), &place)
        guard isKnown != 0 else {
            (image, imageOffset, symbol, symbolOffset) = (nil, 0, nil, 0)
            return
        }
        image = unsafe place.image.map { unsafe String(cString: $0) }
        imageOffset = unsafe place.image_offset
        symbol = unsafe place.symbol.map { unsafe String(cString: $0) }
        symbolOffset = unsafe place.symbol_offset
    }
}
