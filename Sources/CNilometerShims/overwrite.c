#include "nilometer_overwrite.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

// Writes all of `count` bytes; 0 or the errno.
static int write_whole(int descriptor, const char *bytes, size_t count, int64_t offset) {
    while (count > 0) {
        ssize_t written = pwrite(descriptor, bytes, count, offset);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        if (written == 0) return ENOSPC;
        bytes += written;
        offset += written;
        count -= (size_t)written;
    }
    return 0;
}

int nilometer_overwrite_open(const char *path, int64_t size) {
    static const char zeroes[1 << 16];
    int descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (descriptor < 0) return -errno;
    int error = 0;
    for (int64_t offset = 0; offset < size && error == 0;) {
        int64_t left = size - offset;
        size_t count = left < (int64_t)sizeof zeroes ? (size_t)left : sizeof zeroes;
        error = write_whole(descriptor, zeroes, count, offset);
        offset += (int64_t)count;
    }
    // The length belongs to what is synced here, so that later syncs have only data left.
    if (error == 0 && fsync(descriptor) != 0) error = errno;
    if (error == 0) return descriptor;
    close(descriptor);
    return -error;
}

int nilometer_overwrite_sync(int descriptor, const void *bytes, size_t count, int64_t offset) {
    int error = write_whole(descriptor, bytes, count, offset);
    if (error != 0) return error;
    return fdatasync(descriptor) == 0 ? 0 : errno;
}
