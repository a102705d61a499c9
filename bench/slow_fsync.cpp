// A slower disk: preloaded, adds FLORIN_FSYNC_DELAY_US microseconds to every fsync and fdatasync.
//
//     FLORIN_FSYNC_DELAY_US=1000 LD_PRELOAD=libslow_fsync.so florin serve …
//
// The delay sleeps, as a disk lets the processor do: it takes no CPU.

#include <dlfcn.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>

namespace {

using Sync = int (*)(int);

long delay_us() {
    static const long us = [] {
        const char* text = std::getenv("FLORIN_FSYNC_DELAY_US");
        return text != nullptr ? std::atol(text) : 0L;
    }();
    return us;
}

int slowly(Sync sync, int file) {
    timespec left{delay_us() / 1'000'000, delay_us() % 1'000'000 * 1'000};
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR) {
    }
    return sync(file);
}

}  // namespace

extern "C" int fsync(int file) {
    static const Sync real = reinterpret_cast<Sync>(dlsym(RTLD_NEXT, "fsync"));
    return slowly(real, file);
}

extern "C" int fdatasync(int file) {
    static const Sync real = reinterpret_cast<Sync>(dlsym(RTLD_NEXT, "fdatasync"));
    return slowly(real, file);
}
