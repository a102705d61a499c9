#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace florin::calendar {

/// One set of rules of a time zone.
struct OracleZone {
    struct Change {
        std::int64_t at = 0;  ///< Unix time.
        std::int64_t offset = 0;
    };
    std::vector<std::string> names;
    std::vector<Change> changes;  ///< In order; the first one holds from 1970 on.
};

/// What `oracle.py` says: months until 2420, zones until 2200.
struct Oracle {
    std::map<int, std::array<unsigned, 12>> month_lengths;
    std::vector<OracleZone> zones;
};
/// Asked for once. The working directory is the project's.
const Oracle& the_oracle();

}  // namespace florin::calendar
