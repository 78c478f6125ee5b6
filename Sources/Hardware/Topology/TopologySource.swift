import Glibc

/// Which machine is described.
public enum TopologySource: Hashable, Sendable {
    /// The one that runs this process.
    case running
    /// The one that an hwloc XML file describes.
    case xmlFile(String)
    /// An invented one, in hwloc's synthetic form: `pack:2 numa:1 core:12 pu:2`.
    case synthetic(String)

    /// What the value of `--topology` means: a file when one exists there or the text has the looks
    /// of a path (a slash, or `.xml` at the end), otherwise a synthetic description.
    public init(argument: String) {
        // A Swift string is passed as a path that C reads during the call.
        let isThere = unsafe access(argument, F_OK) == 0
        let isFile = argument.contains("/") || argument.hasSuffix(".xml") || isThere
        self = isFile ? .xmlFile(argument) : .synthetic(argument)
    }
}

extension Topology {
    /// Where the description of a topology came from.
    public struct Origin: Hashable, Sendable, Codable {
        /// The ways to come by a description.
        public enum Kind: String, Sendable, Codable {
            /// hwloc looked at the machine that ran the process.
            case runningMachine = "running-machine"
            /// An hwloc XML file.
            case xmlFile = "xml-file"
            /// A synthetic description.
            case synthetic = "synthetic-description"
            /// hwloc was asked for the running machine, and its environment variables
            /// (`HWLOC_XMLFILE`, `HWLOC_SYNTHETIC`, `HWLOC_FSROOT`) made it describe another.
            case redirected = "redirected-by-environment"
        }

        /// The way.
        public var kind: Kind
        /// The path or the description; `nil` for the running machine.
        public var text: String?

        /// An origin of `kind`, with the path or description that it takes.
        public init(kind: Kind, text: String? = nil) {
            self.kind = kind
            self.text = text
        }

        /// Who is named as the source of what this description says.
        public var sourceName: String {
            switch kind {
            case .runningMachine: "hwloc"
            case .xmlFile: "hwloc XML"
            case .synthetic: "hwloc synthetic"
            case .redirected: "hwloc redirected"
            }
        }
    }
}

extension Topology.Origin: CustomStringConvertible {
    /// For people: `the running machine`, `the file big.xml`.
    public var description: String {
        switch kind {
        case .runningMachine: "the running machine"
        case .xmlFile: "the file \(text ?? "")"
        case .synthetic: "the synthetic description '\(text ?? "")'"
        case .redirected: "hwloc's environment variable \(text ?? "")"
        }
    }
}
