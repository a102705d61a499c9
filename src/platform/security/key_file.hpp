#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "florin/base/result.hpp"

namespace florin::security {

/// Makes the directory and its missing parents, all with mode 0700.
Result<void> make_private_directory(const std::string& directory);

/// The whole of a file that only its owner may read, in a directory that nobody else may write; nothing
/// when there is none.
Result<std::optional<std::string>> read_private_file(const std::string& directory, const std::string& name);

/// Replaces the file in one step (mode 0600): after a crash it holds the old text or the new one.
Result<void> replace_private_file(const std::string& directory, const std::string& name, std::string_view text);

/// Keeps other processes out of `section` while it runs, by a lock on `name` in the directory.
Result<void> locked(const std::string& directory, const std::string& name,
                    const std::function<Result<void>()>& section);

}  // namespace florin::security
