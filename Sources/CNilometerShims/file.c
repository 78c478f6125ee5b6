#include "nilometer_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

// struct statx of the kernel, by its offsets: the C library's own may be older than the kernel.
struct kernel_statx {
    uint32_t mask;
    uint32_t block_size;
    uint64_t attributes;
    uint32_t links, owner, group;
    uint16_t mode, spare0;
    uint64_t inode, size, blocks, attributes_mask;
    uint64_t times[8];
    uint32_t numbers[4];
    uint64_t mount;
    uint32_t memory_alignment, offset_alignment;
    uint64_t spare[12];
};

_Static_assert(sizeof(struct kernel_statx) == 256, "the kernel's size of struct statx");

enum { wanted_alignment = 0x2000, attribute_dax = 0x200000 };

int nilometer_file_facts(int descriptor, struct nilometer_file_facts *facts) {
    struct kernel_statx status;
    memset(&status, 0, sizeof status);
    memset(facts, 0, sizeof *facts);
    if (syscall(SYS_statx, descriptor, "", AT_EMPTY_PATH, wanted_alignment, &status) != 0)
        return -errno;
    facts->says_direct_alignment = (status.mask & wanted_alignment) != 0;
    facts->memory_alignment = status.memory_alignment;
    facts->offset_alignment = status.offset_alignment;
    facts->says_direct_access = (status.attributes_mask & attribute_dax) != 0;
    facts->is_direct_access = (status.attributes & attribute_dax) != 0;
    struct statfs filesystem;
    if (fstatfs(descriptor, &filesystem) != 0) return -errno;
    switch ((uint32_t)filesystem.f_type) {
    case 0x01021994: // TMPFS_MAGIC
    case 0x858458f6: // RAMFS_MAGIC
    case 0x958458f6: // HUGETLBFS_MAGIC
        facts->is_in_memory = true;
    }
    return 0;
}

int nilometer_file_set_direct(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0) return -errno;
    return fcntl(descriptor, F_SETFL, flags | O_DIRECT) == 0 ? 0 : -errno;
}

int nilometer_file_allocate(int descriptor, int64_t size) {
    while (fallocate(descriptor, 0, 0, size) != 0)
        if (errno != EINTR) return -errno;
    return 0;
}
