#ifndef NILOMETER_PROCESS_H
#define NILOMETER_PROCESS_H

#include <sys/types.h>

/// Asks the kernel to kill this process when its parent ends, so that a killed run leaves no
/// child behind. Returns 0, or -1 with `errno` set.
int nilometer_die_with_parent(void);

/// `WIFEXITED` and `WEXITSTATUS`: the exit status, or -1 when the process did not exit by itself.
int nilometer_exit_status(int wait_status);

/// `WIFSIGNALED` and `WTERMSIG`: the signal that ended the process, or 0.
int nilometer_termination_signal(int wait_status);

#endif
