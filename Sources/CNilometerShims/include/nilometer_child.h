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
    /// The hardware threads that the child may run on, by the kernel's numbers; none of them for
    /// those that this program was started on, whatever its threads have been bound to since.
    const int *places;
    int place_count;
};

/// Starts another program as a child of this process that does not outlive it, however it ends: the
/// kernel kills the child with the thread that started it (PR_SET_PDEATHSIG), which is therefore a
/// thread of its own that does nothing else and ends with the process. That thread is started at
/// the first call. The child leads a process group of its own: what a terminal sends to this one's,
/// as at Ctrl-C, does not reach it. Returns the child's number, or minus an error number, EINVAL
/// where a place does not exist or may not be used. Any thread; one child at a time is started. Has
/// to be waited for (waitpid).
int nilometer_child_start(const struct nilometer_child_order *order);

/// Sends signal `number` to the process that the descriptor of `nilometer_watch_process` means, also
/// when its number is another's by now (pidfd_send_signal). Returns 0, or -1 with `errno` set.
int nilometer_signal_watched(int watch, int number);

/// Waits for the child `process` on a thread of its own: for one that was killed and does not end,
/// as in an uninterruptible sleep. Returns 0 or an error number.
int nilometer_child_reap_later(int process);

/// The number of the calling thread, as in /proc/self/task.
int nilometer_thread_number(void);

#endif
