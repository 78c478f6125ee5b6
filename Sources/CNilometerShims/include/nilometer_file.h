#ifndef NILOMETER_FILE_H
#define NILOMETER_FILE_H

#include <stdbool.h>
#include <stdint.h>

/// What a filesystem says of a file: what Swift's Glibc module hides of statx(2) and statfs(2), or
/// what older headers lack. The layout and the numbers are the kernel's (include/uapi/linux/stat.h).
struct nilometer_file_facts {
    /// Whether the filesystem says how direct I/O must be aligned (Linux 6.1).
    bool says_direct_alignment;
    /// What memory must be aligned to, in bytes; 0 where the file takes no direct I/O.
    uint32_t memory_alignment;
    /// What offsets and lengths must be aligned to, in bytes; 0 where it takes none.
    uint32_t offset_alignment;
    /// Whether the filesystem says that the file is, or is not, mapped without the page cache.
    bool says_direct_access;
    /// Whether it is (DAX).
    bool is_direct_access;
    /// Whether the filesystem keeps files in memory (tmpfs, ramfs, hugetlbfs).
    bool is_in_memory;
};

/// Finds the facts of an open file. Returns 0 or the negative errno.
int nilometer_file_facts(int descriptor, struct nilometer_file_facts *facts);

/// Lets reads and writes pass by the page cache from now on (O_DIRECT). Returns 0 or the negative
/// errno: EINVAL where the filesystem takes no direct I/O.
int nilometer_file_set_direct(int descriptor);

/// Allocates the blocks of the first `size` bytes and makes the file that long (fallocate, not by
/// writing zeroes). Returns 0 or the negative errno.
int nilometer_file_allocate(int descriptor, int64_t size);

#endif
