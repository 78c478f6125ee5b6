import Foundation

@testable import Reporting

/// Whether every element of a page or document is closed where it should be.
enum MarkupBalance {
    private static let voids: Set<String> = ["meta", "input", "br", "link", "img"]

    /// What is wrong, or `nil`.
    static func problem(in text: String) -> String? {
        var page = text
        for name in ["style", "script"] {
            while let start = page.range(of: "<\(name)>"), let end = page.range(of: "</\(name)>") {
                guard start.upperBound <= end.lowerBound else { return "\(name) ends early" }
                page.removeSubrange(start.lowerBound..<end.upperBound)
            }
        }
        guard let tokens = DrawingScanner.tokens(of: page) else { return "not made of whole tags" }
        var open: [String] = []
        for case .tag(let tag) in tokens {
            if tag.isEnd {
                guard open.popLast() == tag.name else { return "</\(tag.name)> closes another" }
            } else if !tag.closesItself, !voids.contains(tag.name) {
                open.append(tag.name)
            }
        }
        return open.isEmpty ? nil : "<\(open.joined(separator: "><"))> stay open"
    }

    /// The values of the attribute `name` throughout `text`.
    static func values(of name: String, in text: String) -> [String] {
        text.components(separatedBy: " \(name)=\"").dropFirst().map {
            String($0.prefix { $0 != "\"" })
        }
    }
}
