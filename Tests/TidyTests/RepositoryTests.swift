import Testing

/// The rules of the house, held against the whole repository. Each finding is an issue of its own.
@Suite struct `The repository` {
    @Test func `imports downward only, as the table of layers has it`() {
        expectNothing(of: ImportRule.findings)
    }

    @Test func `keeps its files and functions short`() {
        expectNothing(of: SizeRule.fileFindings)
        expectNothing(of: SizeRule.blockFindings)
    }

    @Test func `gives a reason for what the compiler takes on trust`() {
        expectNothing(of: ReasonRule.findings)
    }

    @Test func `prints from the command line only`() {
        expectNothing(of: WordRule.printing)
    }

    @Test func `leaves nothing unfinished`() {
        expectNothing(of: WordRule.unfinished)
    }

    @Test func `has names that say something, and no type with the name of its module`() {
        expectNothing(of: WordRule.emptyNames)
        expectNothing(of: WordRule.moduleNames)
    }

    @Test func `uses no unsafe build flags`() {
        expectNothing(of: WordRule.unsafeFlags)
    }

    @Test func `knows no path of one machine`() {
        expectNothing(of: WordRule.machinePaths)
    }

    @Test func `has links that lead somewhere`() {
        expectNothing { file in
            LinkRule.findings(in: file) { path in
                Repository.files.first { $0.path == path }?.text
                    ?? (Repository.exists(path) ? "" : nil)
            }
        }
    }

    @Test func `builds and tests every directory of sources, and tests nothing else`() throws {
        let package = try #require(Repository.files.first { $0.path == "Package.swift" }).text
        let sources = Repository.directories(in: "Sources")
        let tests = Repository.directories(in: "Tests")
        #expect(sources.contains("Quantities") && tests.contains("TidyTests"))
        report(
            TargetRule.sourceFindings(
                directories: sources, testDirectories: tests, package: package))
        report(
            TargetRule.testFindings(
                directories: tests, sourceDirectories: sources, package: package))
    }

    @Test func `filters its tests by targets that there are`() {
        expectNothing(of: TargetRule.filterFindings)
    }

    @Test func `has no script that nothing calls`() {
        report(
            TargetRule.scriptFindings(
                scripts: Repository.files.filter { $0.path.hasPrefix("Scripts/") },
                others: Repository.files))
    }

    private func expectNothing(of rule: (SourceFile) -> [Finding]) {
        #expect(Repository.files.count > 20, "the repository was not found at \(Repository.root)")
        report(Repository.files.flatMap(rule))
    }

    private func report(_ findings: [Finding]) {
        for finding in findings { Issue.record("\(finding)") }
    }
}
