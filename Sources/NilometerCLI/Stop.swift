import ArgumentParser

/// Why the tool stops other than by finishing: the one place where errors become exit codes.
enum Stop: Error, CustomStringConvertible {
    /// Bad usage or bad input: what, where, what was expected. Exit 2.
    case badInput(String)
    /// This machine can't do it: what is missing and how to get it. Exit 3.
    case cannot(String)
    /// A refuted claim under `--strict`. Exit 1.
    case refuted(String)
    /// A simulated run that its checkers found wrong. Exit 1.
    case violated(String)
    /// A regression, found by `regress`. Exit 1.
    case regressed(String)
    /// The user asked to stop; what was measured is written. Exit 130.
    case interrupted(String)

    var exitCode: Int32 {
        switch self {
        case .refuted, .regressed, .violated: 1
        case .badInput: 2
        case .cannot: 3
        case .interrupted: 130
        }
    }

    var description: String {
        switch self {
        case .badInput(let text), .cannot(let text), .refuted(let text), .regressed(let text),
            .violated(let text), .interrupted(let text):
            text
        }
    }
}
