// One mail to the team for all that has come to lie on the desk.

#include "florin/dead_letters/desk.hpp"

namespace florin::dead_letters {

Task<bool> Desk::mail() {
    if (!on_.write_mail) co_return false;
    auto read = [&](store::Reader& reader) -> Result<jobs::Unmailed> { return jobs::unmailed(reader, on_.own_mails); };
    const auto unmailed = co_await on_.store.read(read);
    if (!unmailed || !unmailed->first_died_at) co_return false;
    const Instant now = on_.world.clock.now();
    if (now - *unmailed->first_died_at < on_.gather) co_return false;
    if (unmailed->last_mail_at && now - *unmailed->last_mail_at < on_.pause) co_return false;
    auto write = [&](store::Tx& tx) -> Result<bool> {
        Digest digest{.count = 0, .groups = jobs::take_unmailed(tx, on_.own_mails)};
        // Another process was quicker.
        if (digest.groups.empty()) return false;
        for (const LetterGroup& group : digest.groups) digest.count += group.count;
        on_.write_mail(tx, digest);
        return true;
    };
    const auto written = co_await on_.store.write(write);
    if (written && *written) on_.wake();
    co_return written.value_or(false);
}

}  // namespace florin::dead_letters
