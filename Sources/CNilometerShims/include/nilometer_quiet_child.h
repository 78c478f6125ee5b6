#ifndef NILOMETER_QUIET_CHILD_H
#define NILOMETER_QUIET_CHILD_H

/// Runs `body` on `context` in a forked child whose standard streams lead nowhere, and returns what
/// it returned (0 to 255), or minus an error number: of `fork`, or ECANCELED when a signal ended
/// the child.
///
/// For libraries that print what they think of bad input: whether they take it is found out where
/// nobody reads along. Only the forking thread lives on in the child, so `body` must not wait for
/// another.
int nilometer_quiet_child(int (*body)(void *), void *context);

/// Leads the calling process's standard streams nowhere and keeps it from leaving a core file. For
/// children that run other people's code.
void nilometer_become_quiet(void);

#endif
