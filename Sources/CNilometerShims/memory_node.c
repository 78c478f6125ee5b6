#include "nilometer_memory_node.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

// From <linux/mempolicy.h>, which the kernel's headers have and the C library's do not.
enum { policy_of_node = 1 << 0, policy_at_address = 1 << 1 };

int nilometer_memory_node(const void *address) {
    int node = -1;
    const long result = syscall(
        SYS_get_mempolicy, &node, (void *)0, 0UL, address,
        (unsigned long)(policy_of_node | policy_at_address));
    return result == 0 ? node : -errno;
}

int nilometer_current_node(void) {
    unsigned cpu = 0;
    unsigned node = 0;
    return syscall(SYS_getcpu, &cpu, &node, (void *)0) == 0 ? (int)node : -errno;
}
