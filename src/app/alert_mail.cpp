#include "alert_mail.hpp"

#include <algorithm>

#include "florin/json/writer.hpp"

namespace florin::app {
namespace {

constexpr std::size_t most_groups = 20;

std::string data_of(const dead_letters::Digest& digest) {
    const std::string count = std::to_string(digest.count);
    std::string text = count + (digest.count == 1 ? " job" : " jobs") +
                       " could not be done and now wait for a decision. By kind and cause:\n\n";
    const std::size_t shown = std::min(digest.groups.size(), most_groups);
    for (std::size_t i = 0; i < shown; ++i) {
        const dead_letters::LetterGroup& group = digest.groups[i];
        text += std::to_string(group.count) + " x " + group.kind + ": " + group.cause + "\n  first " +
                to_text(group.first_died_at) + ", last " + to_text(group.last_died_at) + "\n";
    }
    if (shown < digest.groups.size()) text += std::to_string(digest.groups.size() - shown) + " more causes\n";
    text += "\n`florin dead-letters groups` shows them, `florin dead-letters --help` what can be done.";
    std::string data;
    json::Writer{data}
        .open('{')
        .field("subject", "Florin: " + count + (digest.count == 1 ? " dead letter" : " dead letters"))
        .field("text", text)
        .close('}');
    return data;
}

}  // namespace

std::function<void(store::Tx&, const dead_letters::Digest&)> alert_writer(
    const notifications::Notifications& notifications, std::vector<std::string> addresses) {
    if (addresses.empty()) return {};
    return [&notifications, addresses = std::move(addresses)](store::Tx& tx, const dead_letters::Digest& digest) {
        const std::string cause = "dead_letters." + std::to_string(tx.now().ms), data = data_of(digest);
        for (const std::string& address : addresses) {
            const notifications::Recipient recipient{.customer_id = {}, .email = address, .name = {}};
            notifications.enqueue(tx, {.merchant = MerchantId{0},
                                       .cause = cause,
                                       .template_name = "message",
                                       .recipient = recipient,
                                       .data = data});
        }
    };
}

}  // namespace florin::app
