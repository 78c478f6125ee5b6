import Testing

@testable import Hardware

@Suite struct ProcessorGroupsTests {
    @Test func `each directory is named once, and a group comes before those above it`() {
        let directories = ProcessorGroups.directories()
        #expect(Set(directories).count == directories.count)
        for (index, directory) in directories.enumerated() {
            #expect(directory.hasPrefix("/"))
            for later in directories[index...] where later != directory {
                #expect(!later.hasPrefix(directory + "/"), "\(later) after \(directory)")
            }
        }
    }
}
