#ifndef NILOMETER_URING_H
#define NILOMETER_URING_H

// What Swift cannot import of io_uring: the IOSQE flags are macros over enumerators. The values are
// the kernel's (include/uapi/linux/io_uring.h) and checked against liburing's header in
// nilometer_uring.c.

/// Submission entry flag: the next entry starts only after this one has succeeded in full; a
/// failure or a short transfer cancels it with ECANCELED.
static const unsigned char nilometer_iosqe_io_link = 1u << 2;

/// Submission entry flag: the file is named by its entry in the table of registered files.
static const unsigned char nilometer_iosqe_fixed_file = 1u << 0;

/// Submission entry flag: the kernel takes a buffer of the entry's group.
static const unsigned char nilometer_iosqe_buffer_select = 1u << 5;

/// Lets the kernel poll network cards for a ring that waits, for up to so many microseconds at a time
/// (IORING_REGISTER_NAPI, Linux 6.9, which liburing 2.3 does not know). Returns 0 or a negative errno.
int nilometer_uring_poll_cards(int ring_descriptor, unsigned int microseconds);

/// Enables a ring that was set up disabled; the calling thread becomes its single issuer. Returns 0
/// or a negative errno.
///
/// liburing declares `io_uring_enable_rings`, but version 2.3 does not export it.
int nilometer_uring_enable(int ring_descriptor);

#endif
