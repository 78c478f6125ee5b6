#if PLANTED_DEFECTS
    import Storage

    /// Mistakes that take more than leaving something out.
    extension LogCore where Operations: ~Copyable {
        /// Cuts the growing segment's file and goes on in it, without a word to the device; `false` where
        /// the cut is not within it.
        mutating func cutInMemory(to offset: UInt64) throws(CutFailure) -> Bool {
            guard let writer, var entry = manifest.entries.last, offset > entry.base else {
                return false
            }
            entry.length = writer.length
            let (table, cut, _) = try cut(entry, nil, at: offset)
            do throws(StorageError) {
                try writer.cut(to: cut?.length ?? writer.length)
            } catch {
                throw .storage(error)
            }
            producers = table
            end = offset
            durableEnd = min(durableEnd, offset)
            index = SharedIndex(interval: .max)
            return true
        }
    }
#endif
