#include "nilometer_doorbell.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

int nilometer_doorbell_make(void) {
    int descriptor = eventfd(0, EFD_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

void nilometer_doorbell_ring(int descriptor) {
    // It waits only where the counter has come to its end, 2^64 - 2, which nobody can count to.
    while (eventfd_write(descriptor, 1) != 0 && errno == EINTR) {
    }
}
