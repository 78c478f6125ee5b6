#include "nilometer_uring.h"

#include <errno.h>
#include <liburing.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(IOSQE_FIXED_FILE == 1u << 0, "the kernel's value of IOSQE_FIXED_FILE");
_Static_assert(IOSQE_IO_LINK == 1u << 2, "the kernel's value of IOSQE_IO_LINK");

_Static_assert(IOSQE_BUFFER_SELECT == 1u << 5, "the kernel's value of IOSQE_BUFFER_SELECT");

int nilometer_uring_poll_cards(int ring_descriptor, unsigned int microseconds) {
    // struct io_uring_napi and its registration as the kernel's uapi header has them since 6.9.
    enum { register_napi = 27 };
    struct {
        uint32_t busy_poll_to;
        uint8_t prefer_busy_poll;
        uint8_t pad[3];
        uint64_t resv;
    } wanted = {.busy_poll_to = microseconds, .prefer_busy_poll = 1};
    long answer = syscall(SYS_io_uring_register, ring_descriptor, register_napi, &wanted, 1);
    return answer < 0 ? -errno : 0;
}

int nilometer_uring_enable(int ring_descriptor) {
    long answer =
        syscall(SYS_io_uring_register, ring_descriptor, IORING_REGISTER_ENABLE_RINGS, NULL, 0);
    return answer < 0 ? -errno : 0;
}
