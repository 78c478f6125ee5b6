import Testing

@Suite struct `The set-up` {
    @Test func `says nothing and calls nothing when nothing is missing`() throws {
        let outcome = try SetupSandbox().run()
        #expect(outcome.status == 0)
        #expect(outcome.output == "")
        #expect(outcome.aptCalls == [])
    }

    @Test func `installs all that is missing in one call, and has nothing to do after it`() throws {
        let sandbox = try SetupSandbox(missing: [
            "git", "pkg-config", "libhwloc-dev", "gnuplot-nox", "libboost-dev", "ca-certificates",
        ])
        let outcome = try sandbox.run()
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(
            outcome.aptCalls == [
                "update -qq",
                "install -y -qq --no-install-recommends git ca-certificates pkg-config "
                    + "libhwloc-dev gnuplot-nox libboost-dev",
            ])
        let again = try sandbox.run()
        #expect(again.status == 0)
        #expect(again.output == "")
        #expect(again.aptCalls == outcome.aptCalls)
    }

    @Test func `uses sudo where it may`() throws {
        let sandbox = try SetupSandbox(missing: ["libpapi-dev"])
        try sandbox.setUser(1000)
        try sandbox.addSudo(lets: true)
        let outcome = try sandbox.run()
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(outcome.aptCalls.last?.hasSuffix(" libpapi-dev") == true)
    }

    @Test(arguments: [false, true])
    func `prints the one line to run where it is not root, and stops`(hasSudo: Bool) throws {
        let sandbox = try SetupSandbox(missing: ["liburing-dev", "g++"])
        try sandbox.setUser(1000)
        if hasSudo { try sandbox.addSudo(lets: false) }
        let outcome = try sandbox.run()
        #expect(outcome.status == 3)
        #expect(
            outcome.output.split(separator: "\n").last
                == "apt-get update && apt-get install -y --no-install-recommends g++ liburing-dev")
        #expect(outcome.aptCalls == [])
    }

    @Test func `goes on without what is optional where it is not root`() throws {
        let sandbox = try SetupSandbox(missing: ["fio"])
        try sandbox.setUser(1000)
        let outcome = try sandbox.run()
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("install -y --no-install-recommends fio\n"))
        #expect(outcome.aptCalls == [])
    }

    @Test func `skips what is optional and unknown to apt, in one line`() throws {
        let sandbox = try SetupSandbox(
            missing: ["libatomic-queue-dev", "libxxhash-dev"], unknown: ["libatomic-queue-dev"])
        let first = try sandbox.run()
        #expect(first.status == 0, "\(first.output)")
        #expect(first.output.contains("apt has no libatomic-queue-dev here"))
        #expect(first.aptCalls.last?.hasSuffix(" libxxhash-dev") == true)
        let again = try sandbox.run()
        #expect(again.status == 0)
        #expect(again.output.split(separator: "\n").count == 1)
        #expect(again.aptCalls == first.aptCalls, "asks apt again and again for what it lacks")
    }

    @Test func `stops where apt does not know what nothing works without`() throws {
        let outcome = try SetupSandbox(missing: ["libpapi-dev"], unknown: ["libpapi-dev"]).run()
        #expect(outcome.status == 3)
        #expect(outcome.output.contains("apt does not know libpapi-dev"))
        #expect(outcome.aptCalls == ["update -qq"])
    }

    @Test func `takes the first of two names that apt knows`() throws {
        let outcome = try SetupSandbox(
            missing: ["libcurl4", "libcurl4t64"], unknown: ["libcurl4"]
        ).run()
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(outcome.aptCalls.last?.hasSuffix(" libcurl4t64") == true)
    }

    @Test func `accepts either of two names`() throws {
        #expect(try SetupSandbox(missing: ["libcurl4t64"]).run().output == "")
        #expect(try SetupSandbox(missing: ["libcurl4"]).run().output == "")
    }

    @Test func `only lists under --check`() throws {
        let ready = try SetupSandbox().run("--check")
        #expect(ready.status == 0)
        #expect(ready.output == "")
        let optional = try SetupSandbox(missing: ["fio"]).run("--check")
        #expect(optional.status == 0)
        #expect(optional.output.hasPrefix("optional  fio "))
        let required = try SetupSandbox(missing: ["fio", "libnuma-dev"]).run("--check")
        #expect(required.status == 3)
        #expect(required.output.hasPrefix("required  libnuma-dev "))
        #expect(required.aptCalls == [])
    }

    @Test(
        arguments: [
            ("Swift version 6.1.2 (swift-6.1.2-RELEASE)", "is Swift 6.1"),
            ("Swift version 5.10 (swift-5.10-RELEASE)", "is Swift 5.10"),
            ("OpenStack Swift 2.30", "calls itself: OpenStack Swift 2.30"),
        ])
    func `stops over a toolchain that is too old, before it installs`(
        version: String, complaint: String
    ) throws {
        let sandbox = try SetupSandbox(missing: ["libnuma-dev"])
        try sandbox.setSwift(version)
        let outcome = try sandbox.run()
        #expect(outcome.status == 3)
        #expect(outcome.output.contains("Swift 6.2 or newer is needed and"))
        #expect(outcome.output.contains(complaint), "\(outcome.output)")
        #expect(outcome.aptCalls == [])
    }

    @Test(arguments: ["Swift version 6.2 (x)", "Swift version 6.10.1 (x)", "Swift version 7.0 (x)"])
    func `takes a toolchain that is new enough`(version: String) throws {
        let sandbox = try SetupSandbox()
        try sandbox.setSwift(version)
        #expect(try sandbox.run().status == 0)
    }

    @Test func `stops where there is no toolchain`() throws {
        let sandbox = try SetupSandbox()
        try sandbox.remove("swift")
        let outcome = try sandbox.run()
        #expect(outcome.status == 3)
        #expect(outcome.output.contains("no swift is on PATH"))
    }

    @Test func `names what is needed where apt is not the system`() throws {
        let sandbox = try SetupSandbox(missing: ["libhwloc-dev", "fio"])
        try sandbox.remove("apt-get")
        let outcome = try sandbox.run()
        #expect(outcome.status == 3)
        #expect(outcome.output.contains("required  libhwloc-dev"))
        #expect(outcome.output.contains("neither Debian nor Ubuntu"))
        let other = try SetupSandbox(missing: ["fio"])
        try other.remove("apt-get")
        #expect(try other.run().status == 0)
    }

    @Test func `refuses an argument that it does not know`() throws {
        let outcome = try SetupSandbox().run("--force")
        #expect(outcome.status == 2)
        #expect(outcome.output == "setup: --force: expected nothing or --check\n")
    }
}
