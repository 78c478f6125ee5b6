#include "nilometer_uring.h"

#include <errno.h>
#include <liburing.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(IOSQE_FIXED_FILE == 1u << 0, "the kernel's value of IOSQE_FIXED_FILE");
_Static_assert(IOSQE_IO_LINK == 1u << 2, "the kernel's value of IOSQE_IO_LINK");

int nilometer_uring_enable(int ring_descriptor) {
    long answer =
        syscall(SYS_io_uring_register, ring_descriptor, IORING_REGISTER_ENABLE_RINGS, NULL, 0);
    return answer < 0 ? -errno : 0;
}
