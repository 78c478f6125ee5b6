#ifndef NILOMETER_BACKTRACE_H
#define NILOMETER_BACKTRACE_H

#include <stdint.h>

/// Loads the unwinder and takes over SIGURG, which is ignored where nobody handles it. Returns 0,
/// or an error number: EBUSY where the program has a handler of its own for that signal, which
/// stays. May be called any number of times, by any thread.
int nilometer_backtrace_prepare(void);

/// The return addresses on the stack of the thread `thread` (its number in /proc/self/task), the
/// innermost first, as that thread itself sees them from a handler of SIGURG.
///
/// A system call in which the thread waits may end with EINTR. Returns how many addresses there
/// are, or minus an error number: ESRCH (no such thread), ETIMEDOUT (the thread did not come to
/// handle the signal within `milliseconds`: it blocks it, or sleeps uninterruptibly), EBUSY (a
/// thread that was asked earlier began to answer and has not ended), EINVAL (not prepared). Any
/// thread; one is served at a time. A thread may ask for its own.
int nilometer_backtrace_of_thread(int thread, void **addresses, int capacity, int milliseconds);

/// Where an address of code is: the file that was mapped there, the place in it, and, if the file
/// exports one, the symbol before it and the distance from that. Texts are the loader's and live as
/// long as the file stays loaded.
struct nilometer_code_place {
    const char *image;
    uint64_t image_offset;
    const char *symbol;
    uint64_t symbol_offset;
};

/// Fills `place`; 0 where the address belongs to no file that the loader knows.
int nilometer_code_place(const void *address, struct nilometer_code_place *place);

#endif
