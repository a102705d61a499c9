#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>

namespace florin::telemetry {

/// Takes lines to a file descriptor on a thread of its own. Whoever logs never waits: when the reader
/// falls behind, the oldest waiting lines are lost, and counted.
class LineWriter {
public:
    explicit LineWriter(int descriptor);
    /// Writes what waits, as far as the reader takes it at once.
    ~LineWriter();
    LineWriter(const LineWriter&) = delete;

    void write(std::string_view line);
    std::uint64_t lost() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Writes the line and its end, waiting for a reader for `patience_ms` at most; false when it did not
/// get there whole.
bool write_line(int descriptor, std::string_view line, int patience_ms);

}  // namespace florin::telemetry
