import StrictYAML

/// What a claims file says: a document, and the claims in it.
public struct ClaimDocument: Sendable {
    /// The tag in a claims file's `schema`.
    public static let schema = "nilometer/claims/1"

    /// The document's short name, which verdicts carry.
    public let name: Located<String>
    /// Its title.
    public let title: String
    /// Its claims in the order of the file.
    public let claims: [Claim]

    /// Reads a claims file.
    public init(file: String) throws(InputProblems) {
        try self.init(YAMLDocument.root(ofFile: file))
    }

    /// Reads the text of a claims file; messages call it `file`.
    public init(text: String, file: String) throws(InputProblems) {
        try self.init(YAMLDocument.root(of: text, file: file))
    }

    private init(_ value: YAMLValue) throws(InputProblems) {
        var mapping = try YAMLMapping(value, "a claims file")
        _ = try mapping.schema(oneOf: [ClaimDocument.schema])
        let document = mapping.required("document") { value throws(InputProblems) in
            try ClaimDocument.heading(value)
        }
        let claims = mapping.required("claims") { value throws(InputProblems) in
            try value.list(of: "claims") { one throws(InputProblems) in try Claim(one) }
        }
        let heading: (name: Located<String>, title: String)
        (heading, self.claims) = try mapping.finish(document, claims)
        (name, title) = heading
    }

    private static func heading(
        _ value: YAMLValue
    ) throws(InputProblems) -> (name: Located<String>, title: String) {
        var mapping = try YAMLMapping(value, "a document")
        let name = mapping.required("name") { value throws(InputProblems) in
            Located(try value.name(), at: value.location)
        }
        let title = mapping.required("title") { value throws(InputProblems) in try value.text() }
        let (first, second) = try mapping.finish(name, title)
        return (first, second)
    }
}
