#include "network.hpp"

namespace florin::sim {
namespace {

std::unexpected<Error> not_connected() { return fail(ErrorKind::unavailable, "not_connected", "simulated"); }
std::unexpected<Error> no_answer() { return fail(ErrorKind::outcome_unknown, "no_answer", "simulated"); }

}  // namespace

http::Request request_of(const http::Call& call) {
    http::Request request{.method = call.method,
                          .path = {},
                          .query = {},
                          .headers = call.headers,
                          .body = call.body,
                          .peer = "127.0.0.1"};
    std::string_view rest = call.url;
    rest.remove_prefix(rest.find("://") + 3);
    request.headers.emplace_back("host", rest.substr(0, rest.find('/')));
    rest.remove_prefix(rest.find('/'));
    const std::size_t mark = rest.find('?');
    request.path = rest.substr(0, mark);
    if (mark != std::string_view::npos) request.query = rest.substr(mark + 1);
    for (auto& [name, value] : request.headers)
        for (char& c : name)
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return request;
}

/// One call on its way. The platform's side may be gone when something comes back.
struct Network::Journey {
    http::Request request;
    Lane* home = nullptr;
    std::coroutine_handle<> waiting;
    Result<http::Reply> outcome = no_answer();
    bool is_over = false;  ///< Answered, given up, or nobody is there any more.
    bool loses_answer = false;
    bool is_garbled = false;

    void end(Result<http::Reply> with) {
        if (std::exchange(is_over, true)) return;
        outcome = std::move(with);
        home->post(waiting);
    }
};

struct Network::Travel {
    Network& network;
    std::shared_ptr<Journey> journey;
    Millis timeout;

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> awaiting) {
        journey->waiting = awaiting;
        journey->home = static_cast<Lane*>(&Scheduler::current());
        Network& out = network;
        ++out.calls_;
        if (out.moments_.pass("before sending")) return out.die_(*journey->home);
        const bool is_refused = out.refused_hosts.contains(journey->request.header("host"));
        if (is_refused || out.happens(out.weather.not_connected)) return journey->end(not_connected());
        const Millis there = out.up_to(out.weather.latency);
        auto& outside = out.outside_;
        outside.call_after(timeout, [on_way = journey] { on_way->end(no_answer()); });
        if (out.happens(out.weather.lost_before)) {
            outside.call_after(there, [on_way = journey] { on_way->end(no_answer()); });
            return;
        }
        journey->loses_answer = out.happens(out.weather.lost_after);
        journey->is_garbled = out.happens(out.weather.garbled);
        Millis arrival = there;
        if (out.happens(out.weather.reset_then_late)) {
            outside.call_after(there, [on_way = journey] { on_way->end(no_answer()); });
            arrival = there + out.up_to(out.weather.late);
        }
        outside.call_after(arrival, [&out, on_way = journey] { out.arrive(on_way, false); });
    }
    Result<http::Reply> await_resume() { return std::move(journey->outcome); }
    ~Travel() { journey->is_over = true; }
};

Task<Result<http::Reply>> Network::send(http::Call call) {
    auto journey = std::make_shared<Journey>();
    journey->request = request_of(call);
    Travel travel{*this, std::move(journey), call.timeout};
    auto outcome = co_await travel;
    co_return outcome;
}

void Network::arrive(const std::shared_ptr<Journey>& journey, bool is_late) {
    sandbox::Served served;
    if (journey->request.header("host") == shops_host)
        served.response = shops(journey->request);
    else
        served = sandbox_.serve(journey->request, is_late);
    if (served.late > Millis{0}) {
        outside_.call_after(served.late, [this, journey] { arrive(journey, true); });
        return;
    }
    const Millis back = served.delay + up_to(weather.latency);
    if (moments_.pass("after the provider has done it")) die_(*journey->home);
    outside_.call_after(
        back, [this, journey, arrived = std::move(served)]() mutable { bring_back(journey, std::move(arrived)); });
}

void Network::bring_back(const std::shared_ptr<Journey>& journey, sandbox::Served served) {
    if (journey->is_over) return;
    if (served.drop || journey->loses_answer) return journey->end(no_answer());
    if (moments_.pass("after the provider's answer")) return die_(*journey->home);
    http::Reply reply{
        .status = served.response.status, .headers = served.response.headers, .body = std::move(served.response.body)};
    reply.headers.emplace_back("content-type", served.response.content_type);
    if (journey->is_garbled) reply.body.resize(reply.body.size() / 2);
    journey->end(std::move(reply));
}

}  // namespace florin::sim
