#ifndef NILOMETER_BUILD_INFO_H
#define NILOMETER_BUILD_INFO_H

/// The commit that this build was made from, as the environment variable NILOMETER_COMMIT told
/// the package manifest; empty when it did not.
const char *nilometer_build_commit(void);

#endif
