#include "florin/base/instant.hpp"

#include <cstring>

namespace florin {
namespace {

void put_two(char* at, unsigned value) {
    at[0] = static_cast<char>('0' + value / 10);
    at[1] = static_cast<char>('0' + value % 10);
}

/// Reads exactly `digits` digits and moves `text` past them; -1 when they are not there.
int take_number(std::string_view& text, std::size_t digits) {
    if (text.size() < digits) return -1;
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        if (text[i] < '0' || text[i] > '9') return -1;
        value = value * 10 + (text[i] - '0');
    }
    text.remove_prefix(digits);
    return value;
}

bool take(std::string_view& text, char expected) {
    if (text.empty() || text.front() != expected) return false;
    text.remove_prefix(1);
    return true;
}

}  // namespace

void write_text(Instant at, char* out) {
    using namespace std::chrono;
    const sys_time<milliseconds> moment{milliseconds{at.ms}};
    const auto day = floor<days>(moment);
    const year_month_day date{day};
    const auto rest = static_cast<unsigned>((moment - day).count());
    const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
    std::memcpy(out, "0000-00-00T00:00:00.000Z", instant_text_size);
    put_two(out, year / 100 % 100);
    put_two(out + 2, year % 100);
    put_two(out + 5, static_cast<unsigned>(date.month()));
    put_two(out + 8, static_cast<unsigned>(date.day()));
    put_two(out + 11, rest / 3'600'000);
    put_two(out + 14, rest / 60'000 % 60);
    put_two(out + 17, rest / 1000 % 60);
    put_two(out + 20, rest % 1000 / 10);
    out[22] = static_cast<char>('0' + rest % 10);
}

std::string to_text(Instant at) {
    std::string out(instant_text_size, '\0');
    write_text(at, out.data());
    return out;
}

Result<Instant> parse_instant(std::string_view text) {
    using namespace std::chrono;
    const auto wrong = [] {
        return fail(ErrorKind::invalid, "invalid_timestamp", "Give a time like 2026-11-20T10:15:30Z.");
    };
    const int y = take_number(text, 4);
    if (y < 0 || !take(text, '-')) return wrong();
    const int mo = take_number(text, 2);
    if (mo < 0 || !take(text, '-')) return wrong();
    const int d = take_number(text, 2);
    if (d < 0 || !(take(text, 'T') || take(text, 't') || take(text, ' '))) return wrong();
    const int h = take_number(text, 2);
    if (h < 0 || h > 23 || !take(text, ':')) return wrong();
    const int mi = take_number(text, 2);
    if (mi < 0 || mi > 59 || !take(text, ':')) return wrong();
    const int s = take_number(text, 2);
    if (s < 0 || s > 60) return wrong();
    std::int64_t fraction_ms = 0;
    if (take(text, '.')) {
        std::int64_t scale = 100;
        std::size_t digits = 0;
        while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
            fraction_ms += (text.front() - '0') * scale;
            scale /= 10;
            text.remove_prefix(1);
            if (++digits > 9) return wrong();
        }
        if (digits == 0) return wrong();
    }
    std::int64_t offset_min = 0;
    if (!(take(text, 'Z') || take(text, 'z'))) {
        const int sign = take(text, '+') ? 1 : (take(text, '-') ? -1 : 0);
        if (sign == 0) return wrong();
        const int oh = take_number(text, 2);
        if (oh < 0 || oh > 23 || !take(text, ':')) return wrong();
        const int om = take_number(text, 2);
        if (om < 0 || om > 59) return wrong();
        offset_min = sign * (oh * 60 + om);
    }
    const year_month_day date{year{y}, month{static_cast<unsigned>(mo)}, day{static_cast<unsigned>(d)}};
    if (!text.empty() || !date.ok()) return wrong();
    const std::int64_t day_ms = sys_days{date}.time_since_epoch().count() * 86'400'000LL;
    return Instant{day_ms + h * 3'600'000LL + (mi - offset_min) * 60'000LL + s * 1000LL + fraction_ms};
}

}  // namespace florin
