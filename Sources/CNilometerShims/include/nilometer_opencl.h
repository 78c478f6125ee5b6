#ifndef NILOMETER_OPENCL_H
#define NILOMETER_OPENCL_H

#include <stddef.h>

/// Lists the OpenCL devices of this machine into `report`: a line each,
/// `device<TAB>type bits<TAB>compute units<TAB>name<TAB>platform`, or one line
/// `missing<TAB>reason` or `refused<TAB>error number of clGetPlatformIDs`.
///
/// The library is loaded in a forked child, which is killed after `timeout_ms`: vendors' drivers
/// start threads, print, install signal handlers and sometimes crash, and none of that may reach
/// a process that goes on to measure. Returns the bytes written (without the closing zero), or
/// minus the error number of the step that failed (-ETIMEDOUT when the child was killed for being
/// late, -ECANCELED when a signal ended it and the report is not whole, -E2BIG when `report` is
/// too small).
long nilometer_opencl_report(char *report, size_t capacity, int timeout_ms);

#endif
