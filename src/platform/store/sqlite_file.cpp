#include "sqlite_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace florin::store::sqlite {
namespace {

std::unexpected<Error> unusable(const std::string& path) {
    return fail(ErrorKind::unavailable, "data_directory_unusable", path + ": " + std::strerror(errno));
}

/// Makes the names in `directory` durable, not only what the files hold.
bool sync_directory(const std::string& directory) {
    const int opened = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (opened < 0) return false;
    const bool is_synced = ::fsync(opened) == 0;
    ::close(opened);
    return is_synced;
}

}  // namespace

Result<DataDirectory> DataDirectory::open(const std::string& directory) {
    std::error_code failure;
    const std::filesystem::path path = std::filesystem::absolute(directory, failure);
    std::filesystem::create_directories(path.parent_path(), failure);
    if (::mkdir(path.c_str(), 0700) == 0) {
        if (!sync_directory(path.parent_path())) return unusable(path.parent_path());
    } else if (errno != EEXIST) {
        return unusable(path);
    }

    const std::string lock_file = path / "florin.lock";
    const int lock = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0) return unusable(lock_file);
    // Owned from here on, so that every return below gives the lock up.
    DataDirectory opened{lock, path / "florin.db"};
    if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return unusable(lock_file);
        return fail(ErrorKind::conflict, "data_directory_in_use",
                    path.string() + " is in use by another process. Stop it first, or name another directory.");
    }

    // SQLite would create the file for everybody to read; its -wal and -shm take their mode from it.
    const int database = ::open(opened.database().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (database < 0) return unusable(opened.database());
    ::close(database);
    if (!sync_directory(path)) return unusable(path);
    return opened;
}

DataDirectory::DataDirectory(DataDirectory&& other) noexcept
    : lock_{std::exchange(other.lock_, -1)}, database_{std::move(other.database_)} {}

DataDirectory::~DataDirectory() {
    if (lock_ >= 0) ::close(lock_);
}

}  // namespace florin::store::sqlite
