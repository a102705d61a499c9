#pragma once

#include <string>

#include "florin/base/result.hpp"

namespace florin::store::sqlite {

/// The data directory, held for this process alone as long as the object lives.
///
/// SQLite before 3.51.3 can corrupt a WAL database when two connections write or checkpoint at once; one
/// process with one writing connection cannot. Source: failures F107.
class DataDirectory {
public:
    /// Creates what is missing: the directory (0700) and an empty database file (0600). Errors:
    /// `conflict`/`data_directory_in_use`, `unavailable`/`data_directory_unusable`.
    static Result<DataDirectory> open(const std::string& directory);
    DataDirectory(DataDirectory&& other) noexcept;
    ~DataDirectory();

    const std::string& database() const { return database_; }

private:
    DataDirectory(int lock, std::string database) : lock_{lock}, database_{std::move(database)} {}
    int lock_;
    std::string database_;
};

}  // namespace florin::store::sqlite
