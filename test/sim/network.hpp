#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "florin/http/client.hpp"
#include "florin/sandbox/sandbox.hpp"
#include "moments.hpp"
#include "timeline.hpp"

namespace florin::sim {

/// The call as it arrives.
http::Request request_of(const http::Call& call);

/// How often what goes wrong, of a thousand calls.
struct Weather {
    int not_connected = 0;    ///< Nothing leaves.
    int lost_before = 0;      ///< Sent, and never arrives.
    int lost_after = 0;       ///< Arrives and is done; the answer does not come back.
    int reset_then_late = 0;  ///< The connection breaks, and the request arrives nevertheless, later (F5).
    int garbled = 0;          ///< The answer is cut off.
    Millis latency{40};       ///< Each way, at most.
    Millis late{2'500};       ///< How late a late request is, at most.
};

/// The way from the platform to the providers and to merchants' endpoints: hands requests to the sandbox or the shops,
/// and loses, delays and breaks them as the weather says. What is under way survives the platform's death.
class Network final : public http::Client {
public:
    Network(Lane& outside, sandbox::Sandbox& sandbox, Random& chance, Moments& moments,
            std::function<void(const Lane& process)> die)
        : outside_{outside}, sandbox_{sandbox}, chance_{chance}, moments_{moments}, die_{std::move(die)} {}

    Weather weather;
    std::set<std::string, std::less<>> refused_hosts;  ///< Nobody can connect to them.
    /// Who is not a provider: what a merchant's endpoint answers.
    std::string shops_host;
    std::function<http::Response(const http::Request&)> shops;
    std::uint64_t calls() const { return calls_; }
    Task<Result<http::Reply>> send(http::Call call) override;

private:
    struct Journey;
    struct Travel;
    void arrive(const std::shared_ptr<Journey>& journey, bool is_late);
    void bring_back(const std::shared_ptr<Journey>& journey, sandbox::Served served);
    bool happens(int of_thousand) {
        return of_thousand > 0 && chance_.below(1000) < static_cast<std::uint64_t>(of_thousand);
    }
    Millis up_to(Millis most) {
        return Millis{static_cast<std::int64_t>(1 + chance_.below(static_cast<std::uint64_t>(most.count())))};
    }

    Lane& outside_;
    sandbox::Sandbox& sandbox_;
    Random& chance_;
    Moments& moments_;
    std::function<void(const Lane& process)> die_;
    std::uint64_t calls_ = 0;
};

}  // namespace florin::sim
