#ifndef NILOMETER_HYPERVISOR_H
#define NILOMETER_HYPERVISOR_H

#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

/// Asks the processor whether a hypervisor runs it: 1 when one does, 0 when none admits to it, and
/// -1 where this architecture has no such question. `signature`, 13 bytes, receives the
/// hypervisor's twelve-letter name ("KVMKVMKVM") or an empty string.
///
/// CPUID leaf 1 ECX bit 31 is reserved for hypervisors; leaf 0x40000000 names them (Intel SDM
/// volume 2, CPUID; Linux Documentation/virt/kvm/x86/cpuid.rst). Both are read with the raw
/// instruction because `__get_cpuid` refuses leaves above the processor's own highest.
static inline int nilometer_hypervisor(char *signature) {
    signature[0] = '\0';
#if defined(__x86_64__)
    unsigned int eax = 0, ebx = 0, ecx = 0, edx = 0;
    __cpuid(1, eax, ebx, ecx, edx);
    if (((ecx >> 31) & 1u) == 0) return 0;
    __cpuid(0x40000000u, eax, ebx, ecx, edx);
    memcpy(signature, &ebx, 4);
    memcpy(signature + 4, &ecx, 4);
    memcpy(signature + 8, &edx, 4);
    signature[12] = '\0';
    return 1;
#else
    return -1;
#endif
}

#endif
