#ifndef NILOMETER_SHIMS_H
#define NILOMETER_SHIMS_H

// What Swift cannot import by itself: macros, inline functions, a few system calls. One header a
// topic; a new one is named here.
#include "nilometer_affinity.h"
#include "nilometer_backtrace.h"
#include "nilometer_build_info.h"
#include "nilometer_child.h"
#include "nilometer_child_counter.h"
#include "nilometer_clock.h"
#include "nilometer_errno.h"
#include "nilometer_descriptor_wait.h"
#include "nilometer_doorbell.h"
#include "nilometer_file.h"
#include "nilometer_futex.h"
#include "nilometer_heap.h"
#include "nilometer_hypervisor.h"
#include "nilometer_interruption.h"
#include "nilometer_known_loop.h"
#include "nilometer_launcher.h"
#include "nilometer_memory_node.h"
#include "nilometer_opencl.h"
#include "nilometer_overwrite.h"
#include "nilometer_pause.h"
#include "nilometer_perf.h"
#include "nilometer_prefetch.h"
#include "nilometer_process.h"
#include "nilometer_quiet_child.h"
#include "nilometer_rank.h"
#include "nilometer_register.h"
#include "nilometer_shared_memory.h"
#include "nilometer_sink.h"
#include "nilometer_uring.h"

#endif
