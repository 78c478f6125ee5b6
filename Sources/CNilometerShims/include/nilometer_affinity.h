#ifndef NILOMETER_AFFINITY_H
#define NILOMETER_AFFINITY_H

/// The hardware thread that runs the caller now, by the kernel's number, or -1 with `errno` set.
/// Glibc declares `sched_getcpu` only under `_GNU_SOURCE`, which Swift's Glibc module lacks.
int nilometer_current_cpu(void);

/// Names the calling thread for debuggers and `top`: 15 bytes at most, the rest is cut off.
/// Returns 0 or an error number.
int nilometer_name_current_thread(const char *name);

#endif
