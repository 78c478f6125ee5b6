#ifndef NILOMETER_CHILD_H
#define NILOMETER_CHILD_H

#include <sys/types.h>

/// What `nilometer_child_start` is to start.
struct nilometer_child_order {
    /// The executable.
    const char *path;
    /// Its arguments and its whole environment, both ended by NULL.
    char *const *arguments;
    char *const *environment;
    /// Descriptors of this process that become 3 and 4 of the child's. It gets no others but its
    /// standard output and error; its standard input is empty.
    int third, fourth;
};

/// Starts another program as a child of this process that does not outlive it, however it ends: the
/// kernel kills the child with the thread that started it (PR_SET_PDEATHSIG), which is therefore a
/// thread of its own that does nothing else and ends with the process. That thread is started at
/// the first call. Returns the child's number, or minus an error number. Any thread; one child at a
/// time is started. Has to be waited for (waitpid).
int nilometer_child_start(const struct nilometer_child_order *order);

/// The number of the calling thread, as in /proc/self/task.
int nilometer_thread_number(void);

#endif
