#include "nilometer_shared_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// MFD_NOEXEC_SEAL, which older headers lack.
enum { noexec_seal = 8 };

int nilometer_shared_file(const char *name, size_t bytes) {
    unsigned how = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    // Where vm.memfd_noexec is 2 a file that could be executed is refused; before Linux 6.3 nobody
    // knows the flag.
    int file = memfd_create(name, how | noexec_seal);
    if (file < 0 && errno == EINVAL) file = memfd_create(name, how);
    if (file < 0) return -errno;
    if (ftruncate(file, (off_t)bytes) < 0
        || fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
        int error = errno;
        close(file);
        return -error;
    }
    return file;
}

int nilometer_shared_file_read_only(int file) {
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    int copy = open(path, O_RDONLY | O_CLOEXEC);
    return copy < 0 ? -errno : copy;
}

int64_t nilometer_shared_file_size(int descriptor) {
    struct stat status;
    return fstat(descriptor, &status) < 0 ? -errno : (int64_t)status.st_size;
}

void *nilometer_map_ring(int file, size_t header, size_t body, int writable) {
    // The addresses first, so that nothing else can come between the parts.
    size_t all = header + 2 * body;
    char *base = mmap(NULL, all, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) return NULL;
    int access = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    int how = MAP_SHARED | MAP_FIXED;
    if (mmap(base, header + body, access, how, file, 0) == MAP_FAILED
        || mmap(base + header + body, body, access, how, file, (off_t)header) == MAP_FAILED) {
        int error = errno;
        munmap(base, all);
        errno = error;
        return NULL;
    }
    return base;
}

void nilometer_unmap_ring(void *address, size_t header, size_t body) {
    munmap(address, header + 2 * body);
}

// Without FUTEX_PRIVATE_FLAG: the kernel then finds the word by its page, not by its address.
int nilometer_shared_futex_wait(const uint32_t *word, uint32_t expected, int64_t nanoseconds) {
    struct timespec limit = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    long result = syscall(SYS_futex, word, FUTEX_WAIT, expected, &limit, NULL, 0);
    return result == 0 ? 0 : errno;
}

int nilometer_shared_futex_wake(const uint32_t *word, int count) {
    return (int)syscall(SYS_futex, word, FUTEX_WAKE, count, NULL, NULL, 0);
}
