#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "florin/runtime/simulation.hpp"

namespace florin::security {

/// A directory of its own for one test.
class ScratchDirectory {
public:
    ScratchDirectory() {
        std::string name = std::filesystem::temp_directory_path() / "florin-security-XXXXXX";
        path_ = ::mkdtemp(name.data());
    }
    ~ScratchDirectory() { std::filesystem::remove_all(path_); }
    ScratchDirectory(const ScratchDirectory&) = delete;
    const std::string& path() const { return path_; }
    std::string file(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

struct SimWorld {
    SimClock clock;
    SimRandom random{20261121};
    World world() { return {clock, random}; }
};

}  // namespace florin::security
