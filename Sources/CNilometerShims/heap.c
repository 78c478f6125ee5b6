#include "nilometer_heap.h"

#include <malloc.h>

uint64_t nilometer_heap_bytes(void) {
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
    const struct mallinfo2 found = mallinfo2();
    return (uint64_t)found.uordblks + (uint64_t)found.hblkhd;
#else
    return 0;
#endif
}
