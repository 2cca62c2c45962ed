/* Maps files for the reader.
 *
 * The whole pages of a file are mapped; what is left of it is copied into a page of its own, with NUL bytes after it: the reader needs one, and
 * a file that grows must not change it. A file that becomes shorter while it is mapped raises SIGBUS at the first byte that was removed. The handler replaces the
 * rest of the mapping with NUL bytes, at which every parser stops, and counts the fault: the caller asks for the count before it
 * believes what was read.
 */

#if defined(_WIN32)

/* A mapped file cannot be replaced on Windows, so files are read there. */
EXPORTED uint8_t *cocoproof_map(int32_t descriptor, int64_t size, int32_t writable) {
    (void)descriptor;
    (void)size;
    (void)writable;
    return NULL;
}
EXPORTED void cocoproof_unmap(uint8_t *address) { (void)address; }
EXPORTED int32_t cocoproof_faults(const uint8_t *address) {
    (void)address;
    return 0;
}

#else

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#if !defined(MAP_ANONYMOUS)
#define MAP_ANONYMOUS MAP_ANON
#endif
#if !defined(MAP_NORESERVE)
#define MAP_NORESERVE 0
#endif

#define MAPPINGS 64

typedef struct {
    volatile uintptr_t start, end; /* 0 for a free entry */
    volatile sig_atomic_t faults;
} mapping;

static mapping mappings[MAPPINGS];
static struct sigaction action_before;
static volatile sig_atomic_t is_handled;
static uintptr_t page_size;

static void on_bus_error(int signal_number, siginfo_t *info, void *context) {
    uintptr_t at = (uintptr_t)info->si_addr, page = at & ~(page_size - 1);
    int k, saved = errno;
    for (k = 0; k < MAPPINGS; k++) {
        mapping *one = &mappings[k];
        if (one->start <= at && at < one->end) {
            void *rest = mmap((void *)page, one->end - page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
            if (rest == MAP_FAILED) break;
            one->faults = 1;
            errno = saved;
            return;
        }
    }
    errno = saved;
    if ((action_before.sa_flags & SA_SIGINFO) && action_before.sa_sigaction != NULL) {
        action_before.sa_sigaction(signal_number, info, context);
    } else if (action_before.sa_handler != SIG_DFL && action_before.sa_handler != SIG_IGN) {
        action_before.sa_handler(signal_number);
    } else {
        signal(signal_number, SIG_DFL); /* the access is tried again, and ends the process */
    }
}

static int handle_bus_errors(void) {
    struct sigaction action;
    if (is_handled) return 1;
    page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_bus_error;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGBUS, &action, &action_before) != 0) return 0;
    is_handled = 1;
    return 1;
}

/* Maps a file, followed by a NUL byte. Returns NULL if it cannot be mapped, or has fewer bytes by now; it is to be read then. What is written into a
 * writable mapping is private to it. Calls of `cocoproof_map` and `cocoproof_unmap` must not run at the same time. */
EXPORTED uint8_t *cocoproof_map(int32_t descriptor, int64_t size, int32_t writable) {
    size_t whole, length;
    int64_t done;
    uint8_t *base;
    int k, flags = PROT_READ | (writable ? PROT_WRITE : 0);
    if (size <= 0 || (uint64_t)size > SIZE_MAX / 2 || !handle_bus_errors()) return NULL;
    for (k = 0; k < MAPPINGS && mappings[k].start != 0; k++) continue;
    if (k == MAPPINGS) return NULL;
    whole = (size_t)size / page_size * page_size;
    length = whole + page_size;
    base = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) return NULL;
    for (done = (int64_t)whole; done < size;) {
        ssize_t got = pread(descriptor, base + done, (size_t)(size - done), (off_t)done);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        done += got;
    }
    if (done < size || (whole > 0 && mmap(base, whole, flags, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, descriptor, 0) == MAP_FAILED)) {
        munmap(base, length);
        return NULL;
    }
    mappings[k].faults = 0;
    mappings[k].end = (uintptr_t)base + length;
    mappings[k].start = (uintptr_t)base;
    return base;
}

EXPORTED void cocoproof_unmap(uint8_t *address) {
    int k;
    for (k = 0; k < MAPPINGS; k++) {
        if (mappings[k].start == (uintptr_t)address) {
            size_t length = mappings[k].end - mappings[k].start;
            mappings[k].start = mappings[k].end = 0;
            munmap(address, length);
            return;
        }
    }
}

/* Whether bytes of a mapping were missing when they were read. */
EXPORTED int32_t cocoproof_faults(const uint8_t *address) {
    int k;
    for (k = 0; k < MAPPINGS; k++)
        if (mappings[k].start == (uintptr_t)address) return (int32_t)mappings[k].faults;
    return 0;
}

#endif
