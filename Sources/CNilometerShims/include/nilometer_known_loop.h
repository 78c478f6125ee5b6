#ifndef NILOMETER_KNOWN_LOOP_H
#define NILOMETER_KNOWN_LOOP_H

#include <stdbool.h>
#include <stdint.h>

/// Runs a loop of exactly two instructions a turn, a subtraction and a conditional branch, `turns`
/// (at least 1) times: what a counter of instructions and one of branches is checked with. Written
/// in assembly, so that no compiler can add or remove an instruction.
/// Returns false, and runs nothing, on an architecture for which it is not written.
bool nilometer_known_loop(uint64_t turns);

#endif
