import Claims
import Foundation
import StrictYAML
import Workloads

/// Where the tool's own workloads and claims are.
enum Installation {
    /// Environment variable that names another directory.
    static let variable = "NILOMETER_WORKLOADS"

    /// The directory `Workloads`: the one that the environment names, the one installed beside the
    /// executable (`../share/nilometer/Workloads`), or the one of the checkout that the executable
    /// was built in.
    static func workloadsDirectory() throws -> String {
        if let named = ProcessInfo.processInfo.environment[variable], !named.isEmpty {
            return named
        }
        let executable = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        var directory = executable.deletingLastPathComponent()
        let installed = directory.deletingLastPathComponent()
            .appendingPathComponent("share/nilometer/Workloads").path
        if FileManager.default.fileExists(atPath: installed) { return installed }
        while directory.path != "/" {
            let candidate = directory.appendingPathComponent("Workloads/suites").path
            if FileManager.default.fileExists(atPath: candidate) {
                return directory.appendingPathComponent("Workloads").path
            }
            directory.deleteLastPathComponent()
        }
        throw Stop.cannot(
            "the directory 'Workloads' is neither in the checkout of '\(executable.path)' nor at "
                + "'\(installed)'; name it by \(variable)")
    }

    /// The tool's workloads and suites.
    static func catalogue() throws -> Catalogue {
        let directory = try workloadsDirectory()
        return try input { () throws(InputProblems) in try Catalogue(directory: directory) }
    }

    /// Runs `body`, turning bad input into the tool's exit code.
    static func input<Value>(_ body: () throws(InputProblems) -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            throw Stop.badInput("\(error)")
        }
    }
}
