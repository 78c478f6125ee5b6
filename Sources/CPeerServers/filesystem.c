#define _GNU_SOURCE
#include "peer_filesystem.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int peer_filesystem_settle(int directory) { return syncfs(directory) < 0 ? errno : 0; }

int peer_filesystem_resident(int file, size_t size, size_t *resident, size_t *pages) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    *resident = 0;
    *pages = (size + page - 1) / page;
    // Nothing can be mapped of an empty file.
    if (size == 0) return 0;
    int error = 0;
    unsigned char *present = malloc(*pages);
    if (present == NULL) return ENOMEM;
    void *mapping = mmap(NULL, size, PROT_READ, MAP_SHARED, file, 0);
    if (mapping == MAP_FAILED) {
        error = errno;
    } else {
        if (mincore(mapping, size, present) < 0) error = errno;
        munmap(mapping, size);
    }
    for (size_t i = 0; error == 0 && i < *pages; i++) *resident += present[i] & 1;
    free(present);
    return error;
}
