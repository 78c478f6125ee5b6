#ifndef NILOMETER_PROCESS_H
#define NILOMETER_PROCESS_H

#include <sys/types.h>

/// Asks the kernel to kill this process when its parent ends, so that a killed run leaves no
/// child behind. Returns 0, or -1 with `errno` set.
int nilometer_die_with_parent(void);

/// Lets `number` be delivered to this process: a parent may have started it with the signal
/// blocked. Returns 0, or -1 with `errno` set.
int nilometer_unblock_signal(int number);

/// A descriptor that becomes readable when the child `process` ends (`pidfd_open`, Linux 5.3), or
/// -1 with `errno` set: `ENOSYS` where the kernel has no such call. It is closed on exec.
int nilometer_watch_process(int process);

/// Sleeps until `descriptor` is readable, a signal arrives or `milliseconds` have passed: 1 when it
/// is readable, 0 after the time, -1 with `errno` set (`EINTR` after a signal).
int nilometer_await_readable(int descriptor, int milliseconds);

/// `WIFEXITED` and `WEXITSTATUS`: the exit status, or -1 when the process did not exit by itself.
int nilometer_exit_status(int wait_status);

/// `WIFSIGNALED` and `WTERMSIG`: the signal that ended the process, or 0.
int nilometer_termination_signal(int wait_status);

#endif
