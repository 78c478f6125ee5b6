import Storage

/// One step of the file system, as it appears in a trace.
package struct FileStep: Sendable, CustomStringConvertible {
    /// What became of it.
    package enum Answer: Hashable, Sendable {
        /// It was done; for bytes, so many of them.
        case done(Int)
        /// It was refused.
        case refused(ErrorNumber)
    }

    /// What was asked for.
    package let operation: StorageError.Operation
    /// On what: a path, or a descriptor.
    package let subject: String
    /// From which byte on, or to which size, where that is part of it.
    package let offset: UInt64?
    /// How many bytes were asked for.
    package let count: Int
    /// What became of it.
    package let answer: Answer

    /// Whether it was refused, or moved none of the bytes that it was to move.
    var isFruitless: Bool {
        switch answer {
        case .refused: true
        case .done(let done): count > 0 && done == 0
        }
    }

    /// One line, such as `write 3 at 512: 100 of 200`.
    package var description: String {
        let place = offset.map { " at \($0)" } ?? ""
        let outcome =
            switch answer {
            case .done(let done): count > 0 ? ": \(done) of \(count)" : ""
            case .refused(let number): ": \(number)"
            }
        return "\(operation) \(subject)\(place)\(outcome)"
    }
}
