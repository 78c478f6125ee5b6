import Foundation
import Measurement
import Testing

@testable import Runs

/// What is taken out of a run before it is published.
@Suite struct ScrubbingTests {
    @Test(arguments: [
        ("at /opt/x/y.log, line 3", "at PATH, line 3"), ("5 ops/s and 3 /s", "5 ops/s and 3 /s"),
        ("/sys/fs/cgroup/0123456789abcdef0123456789abcdef", "/sys/fs/cgroup/ID"),
        ("see https://example.org/a", "see https://example.org/a"), ("a / b", "a / b"),
        ("--out=/tmp/run", "--out=PATH"), ("/dev/vda1 /etc/fstab", "/dev/vda1 /etc/fstab"),
        ("../shared/x", "../shared/x"), ("", ""), ("cc -I/srv/jane/x -O2", "cc -IPATH -O2"),
        ("cc -isystem/srv/jane", "cc -isystemPATH"), ("x -ops/second", "x -ops/second"),
        ("file:///srv/jane/x y", "file://PATH y"), ("file://box/srv/jane", "file://PATH"),
        ("me@far:/srv/x", "me@far:PATH"),
    ])
    func `paths are taken out, units and common directories stay`(text: String, left: String) {
        #expect(MachineNames([]).scrubbed(identifier: text) == left)
        #expect(MachineNames([]).scrubbed(text: text) == left)
    }

    @Test(arguments: [
        ("on vm, a kvm, root", "on NAME, a kvm, root"), ("vm.example.org:80", "NAME:80"),
        ("that is vm.", "that is NAME."), ("vm-2 and vm_3", "vm-2 and vm_3"),
        ("box.local is vm", "NAME is NAME"), ("jane@vm ~jane/x", "NAME@NAME ~NAME/x"),
        ("/usr/share/jane/x", "/usr/share/NAME/x"), ("localhost", "localhost"),
    ])
    func `names are taken out of free text as whole words, with their domain`(
        text: String, left: String
    ) {
        let names = MachineNames(["vm", "root", "localhost", "box", "box.local", "jane", ""])
        #expect(names.scrubbed(text: text) == left)
        #expect(names.scrubbed(identifier: text) == text)
    }

    @Test func `strings of JSON are taken with their member, whatever is escaped in them`() throws {
        let text = #"{"n" : 12345678901234567890, "a b" : ["x", "\"\\/\n/y"], "c" : {"d":"z"}}"#
        var seen: [String] = []
        let result = try Scrubbing.scrubbed(json: text) { key, value in
            seen.append("\(key)=\(value)")
            return value == "z" ? "\"" : value
        }
        #expect(seen == ["a b=x", "a b=\"\\/\n/y", "d=z"])
        #expect(result.contains(#""n" : 12345678901234567890, "a b" : ["x", "#))
        #expect(result.hasSuffix(#""c" : {"d":"\""}}"#))
    }

    /// A manifest in which everything that names a figure is the name of a user as well.
    private func manifest() throws -> Manifest {
        let key = FigureKey(
            workload: "jane", parameters: ParameterSet().with("contender", "jane"),
            profile: "jane", metric: "jane")
        var manifest = FigureDerivationTests.manifest()
        manifest.command = ["/srv/jane/nilometer", "run", "jane", "--out=/srv/jane"]
        var fork = Manifest.ForkSummary(.init(workload: 0, fork: 0), failure: "jane left")
        fork.notes = ["jane was here\n/srv/jane/file"]
        fork.doubts = [
            .init(metric: key.metric, parameters: key.parameters, reason: "busy: jane")
        ]
        manifest.forks = [fork]
        manifest.histograms = [.init(file: "jane-0-all.hgrm", key: key, fork: nil)]
        return manifest
    }

    @Test func `a name stays where it names a figure, and goes from what is said of it`() throws {
        let manifest = try manifest()
        let key = manifest.histograms[0].key
        let names = MachineNames(["jane"])
        let scrubbed = try Scrubbing.scrubbed(manifest, names)
        #expect(scrubbed.command == ["nilometer", "run", "NAME", "--out=PATH"])
        #expect(scrubbed.histograms[0].key == key)
        #expect(scrubbed.histograms[0].file == manifest.histograms[0].file)
        #expect(names.scrubbed(key: key) == key)
        let fork = try #require(scrubbed.forks.first)
        #expect(
            fork.doubts
                == [.init(metric: "jane", parameters: key.parameters, reason: "busy: NAME")])
        #expect(fork.notes == ["NAME was here\nPATH"])
        #expect(fork.failure == "NAME left")
    }

    @Test func `a path in a parameter goes alike from figures and from what is said of them`()
        throws
    {
        let parameters = ParameterSet().with("contender", "/srv/jane/bench")
        let key = FigureKey(
            workload: "w", parameters: parameters, profile: "auto", metric: "time")
        var manifest = try manifest()
        manifest.forks[0].doubts = [.init(metric: "time", parameters: parameters, reason: "r")]
        manifest.histograms[0].key = key
        let names = MachineNames(["jane", "bench"])
        let scrubbed = try Scrubbing.scrubbed(manifest, names)
        let renamed = names.scrubbed(key: key)
        #expect(renamed.parameters.description == "contender=PATH")
        #expect(scrubbed.histograms[0].key == renamed)
        #expect(scrubbed.forks[0].doubts[0].parameters == renamed.parameters)
    }

    @Test func `the names of this machine are known without the environment`() {
        let user = MachineNames.here(and: ["far-box"])
        #expect(user.scrubbed(text: "on far-box.example.org") == "on NAME")
    }
}
