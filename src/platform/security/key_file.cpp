#include "key_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace florin::security {
namespace {

class File {
public:
    explicit File(int descriptor) : descriptor_{descriptor} {}
    ~File() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    File(const File&) = delete;
    int get() const { return descriptor_; }
    bool is_open() const { return descriptor_ >= 0; }

private:
    int descriptor_;
};

std::unexpected<Error> unreadable(const std::string& path) {
    return fail(ErrorKind::unavailable, "key_ring_unreadable", path + ": " + std::strerror(errno));
}
std::unexpected<Error> too_open(const std::string& path, std::string_view mend) {
    return fail(ErrorKind::unavailable, "key_ring_too_open",
                path + " can be reached by others. Mend: " + std::string{mend});
}

/// Whoever may change the directory may put another file in the key ring's place.
Result<void> check_directory(const std::string& directory) {
    struct stat status{};
    if (::stat(directory.c_str(), &status) != 0) return unreadable(directory);
    const bool is_ours = status.st_uid == ::geteuid() || status.st_uid == 0;
    if (!is_ours || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return too_open(directory, "chmod 700 " + directory + " (and it must belong to the user who runs the server)");
    }
    return {};
}

Result<void> write_all(const File& file, const std::string& path, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(file.get(), text.data(), text.size());
        if (written < 0 && errno != EINTR) return unreadable(path);
        if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

}  // namespace

Result<void> make_private_directory(const std::string& directory) {
    for (std::size_t slash = directory.find('/', 1);; slash = directory.find('/', slash + 1)) {
        const std::string part = directory.substr(0, slash);
        if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) return unreadable(part);
        if (slash == std::string::npos) return {};
    }
}

Result<std::optional<std::string>> read_private_file(const std::string& directory, const std::string& name) {
    const std::string path = directory + "/" + name;
    const File file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!file.is_open()) {
        if (errno == ENOENT) return std::optional<std::string>{};
        return unreadable(path);
    }
    if (auto is_safe = check_directory(directory); !is_safe) return fail(std::move(is_safe.error()));
    // Asked of the open file, so that what is checked is what is read.
    struct stat status{};
    if (::fstat(file.get(), &status) != 0) return unreadable(path);
    if (!S_ISREG(status.st_mode)) {
        return fail(ErrorKind::unavailable, "key_ring_unreadable", path + ": not a regular file");
    }
    const bool is_ours = status.st_uid == ::geteuid() || status.st_uid == 0;
    if (!is_ours || (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return too_open(path, "chmod 600 " + path + " (and it must belong to the user who runs the server)");
    }
    std::string text;
    char buffer[4096];
    for (;;) {
        const ssize_t got = ::read(file.get(), buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return unreadable(path);
        if (got == 0) break;
        text.append(buffer, static_cast<std::size_t>(got));
    }
    explicit_bzero(buffer, sizeof buffer);
    return std::optional{std::move(text)};
}

Result<void> replace_private_file(const std::string& directory, const std::string& name, std::string_view text) {
    const std::string path = directory + "/" + name;
    const std::string draft = path + ".new";
    // A draft that a crash has left behind may have another mode.
    ::unlink(draft.c_str());
    {
        const File file{::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
        if (!file.is_open()) return unreadable(draft);
        if (auto written = write_all(file, draft, text); !written) return written;
        if (::fsync(file.get()) != 0) return unreadable(draft);
    }
    if (::rename(draft.c_str(), path.c_str()) != 0) return unreadable(path);
    const File parent{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!parent.is_open() || ::fsync(parent.get()) != 0) return unreadable(directory);
    return {};
}

Result<void> locked(const std::string& directory, const std::string& name,
                    const std::function<Result<void>()>& section) {
    const std::string path = directory + "/" + name;
    // A file of its own: a lock on the ring itself would stay with the old file when it is replaced.
    const File file{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    if (!file.is_open()) return unreadable(path);
    while (::flock(file.get(), LOCK_EX) != 0) {
        if (errno != EINTR) return unreadable(path);
    }
    return section();
}

}  // namespace florin::security
