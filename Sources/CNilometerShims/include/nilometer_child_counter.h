#ifndef NILOMETER_CHILD_COUNTER_H
#define NILOMETER_CHILD_COUNTER_H

#include <stdint.h>

/// What is counted.
enum nilometer_child_event {
    /// Instructions executed in user mode, by the performance-monitoring unit.
    nilometer_child_instructions,
    /// Page faults, by the kernel: there on every machine.
    nilometer_child_page_faults,
};

/// Opens a counter for what the programs that `process` starts from now on do, from the moment
/// that each replaces its process image, their children included. `process` itself, which starts
/// them and never becomes another program, is not counted. Returns a descriptor, or minus an error
/// number (`perf_event_open`): ENOENT where there is no such counter.
int nilometer_child_counter_open(int process, enum nilometer_child_event event);

/// What has been counted of programs that have ended, or minus an error number: EAGAIN when the
/// counter had to share its register with others, so that it does not know the whole.
int64_t nilometer_child_counter_read(int descriptor);

#endif
