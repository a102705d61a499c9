#include "oracle.hpp"

#include <cstdio>
#include <memory>
#include <sstream>

#include "florin/base/check.hpp"

namespace florin::calendar {
namespace {

std::string output_of(const char* command) {
    FILE* const pipe = popen(command, "r");
    check(pipe != nullptr, "the script can be started");
    std::string text;
    std::array<char, 65'536> part;
    for (std::size_t size = 0; (size = fread(part.data(), 1, part.size(), pipe)) > 0;) text.append(part.data(), size);
    check(pclose(pipe) == 0, "python3 runs src/core/calendar/test/oracle.py from the project's folder");
    return text;
}

Oracle read_oracle() {
    Oracle oracle;
    std::istringstream lines{output_of("python3 src/core/calendar/test/oracle.py")};
    for (std::string line, word; std::getline(lines, line);) {
        std::istringstream words{line};
        words >> word;
        if (word == "months") {
            int year = 0;
            words >> year;
            for (unsigned& length : oracle.month_lengths[year]) words >> length;
        } else if (word == "zone") {
            oracle.zones.emplace_back();
            for (std::string name; words >> name;) oracle.zones.back().names.push_back(name);
        } else {
            OracleZone::Change change;
            if (word == "change") words >> change.at;
            words >> change.offset;
            oracle.zones.back().changes.push_back(change);
        }
    }
    check(oracle.month_lengths.size() == 451 && oracle.zones.size() > 100, "the script has told all");
    return oracle;
}

}  // namespace

const Oracle& the_oracle() {
    static const Oracle oracle = read_oracle();
    return oracle;
}

}  // namespace florin::calendar
