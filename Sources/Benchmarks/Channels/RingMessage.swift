import CNilometerShims

/// What travels through a ring: a word, or a message that carries the word at both of its ends.
protocol RingMessage: BitwiseCopyable, Sendable {
    /// A message that carries 0.
    init()
    /// The word that it carries.
    var value: UInt64 { get set }
    /// The bits in which it differs from a message that carries `expected`. Reads all of it.
    mutating func difference(from expected: UInt64) -> UInt64
}

extension UInt64: RingMessage {
    var value: UInt64 {
        @inline(__always) get { self }
        @inline(__always) set { self = newValue }
    }

    @inline(__always)
    func difference(from expected: UInt64) -> UInt64 { self ^ expected }
}

/// A message with so many words between its two ends, which nobody looks at.
struct PaddedMessage<let words: Int>: RingMessage {
    private var first: UInt64 = 0
    private var middle = InlineArray<words, UInt64>(repeating: 0)
    private var last: UInt64 = 0

    var value: UInt64 {
        @inline(__always) get { first }
        @inline(__always) set {
            first = newValue
            last = newValue
            // All of the message is to be carried: what is between may have changed, too.
            touch()
        }
    }

    @inline(__always)
    mutating func difference(from expected: UInt64) -> UInt64 {
        // And all of it is read.
        touch()
        return (first ^ expected) | (last ^ expected)
    }

    /// Makes the optimiser forget what it knows of the message. Costs no instruction.
    @inline(__always)
    private mutating func touch() {
        // SAFETY: the address is used for nothing but to have one.
        unsafe withUnsafeMutablePointer(to: &self) {
            nilometer_consume(UInt64(UInt(bitPattern: $0)))
        }
    }
}

/// The messages of the sizes beside 8 bytes.
typealias Message64 = PaddedMessage<6>
typealias Message256 = PaddedMessage<30>
typealias Message4096 = PaddedMessage<510>
