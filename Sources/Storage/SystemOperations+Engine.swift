extension SystemOperations {
    /// How many requests a file's ring can carry: an append and its sync are two.
    private static var ringEntries: Int { 4 }

    /// The operations that `choice` stands for, on the file at `path`. `refusing` stands in for a
    /// kernel that refuses.
    init(
        for choice: AppendFile.EngineChoice, threads: AppendFile.ThreadUse, path: String,
        refusing: SubmissionRing.Refuser = SubmissionRing.nothing
    ) throws(StorageError) {
        guard choice != .portable else {
            self.init(because: .asked)
            return
        }
        do throws(RingRefusal) {
            try self.init(
                ring: SubmissionRing(
                    entries: SystemOperations.ringEntries,
                    issuer: threads == .one ? .oneThread : .anyThread, refusing: refusing))
        } catch {
            guard choice == .automatic else { throw .ringUnavailable(path: path, error) }
            self.init(because: .ringUnavailable(error))
        }
    }
}
