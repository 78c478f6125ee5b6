import Foundation
import Testing

/// What `make lint` says, where the formatter is the one that the sources were formatted with:
/// another version may well break lines in other places.
@Suite struct `The formatter` {
    private static let version = "6.3"

    private static func swiftFormat(_ arguments: String...) throws -> Command {
        try Command(URL(filePath: "/usr/bin/env"), ["swift", "format"] + arguments)
    }

    private static var isOurs: Bool {
        (try? swiftFormat("--version").output.hasPrefix("\(version).")) ?? false
    }

    @Test(.enabled(if: isOurs, "the sources are formatted by swift format \(version)"))
    func `has nothing to say`() throws {
        let lint = try Self.swiftFormat(
            "lint", "--strict", "-r", "-p", "Sources", "Tests", "Package.swift")
        #expect(lint.status == 0, "\(lint.output)")
    }
}
